import { TokenError } from './errors.js';

/** A buyer's token or a storefront's API key, or what gets one. */
export type TokenSource = string | (() => string | Promise<string>);

/**
 * The token for one request. A function is waited for as long as the signal allows.
 * @throws TokenError with what the function threw as its cause; the signal's reason as soon as that is aborted
 */
export async function tokenOf(source: TokenSource, signal: AbortSignal): Promise<string> {
  if (typeof source === 'string') return source;
  let leave = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([source(), aborted]);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new TokenError(`no token: ${cause instanceof Error ? cause.message : cause}`, { cause });
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
