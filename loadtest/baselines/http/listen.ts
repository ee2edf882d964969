import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on any free port of this machine and says on stdout which: whoever started the program waits for that line. */
export function listen(server: Server): void {
  // As the service: a connection that is quiet for a moment is not closed under the load.
  server.keepAliveTimeout = 65_000;
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
}
