/** Where a URL points, without what only the server may know: `host:port/database`. */
export function addressOf(url: string): string {
  const { hostname, port, protocol, pathname } = new URL(url);
  const usual = protocol.startsWith('redis') ? '6379' : '5432';
  return `${hostname}:${port || usual}${pathname === '/' ? '' : pathname}`;
}
