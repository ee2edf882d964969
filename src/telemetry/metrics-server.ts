import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Log } from './log.js';

export interface MetricsServer {
  /** The port it listens on, also where any free one was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * /metrics on a port of its own: it is not for buyers, and answers while the API's port sheds load.
 * @throws when the port is taken
 */
export async function serveMetrics(registry: Registry, address: { host: string; port: number }, log: Log): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path !== '/metrics') return answer(response, 404, 'Only /metrics is here.\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response.setHeader('Allow', 'GET, HEAD'), 405, 'GET only.\n');
    registry.metrics().then(
      (text) => answer(response.setHeader('Content-Type', registry.contentType), 200, text),
      (error: unknown) => {
        log.error('metrics could not be collected', { error });
        answer(response, 500, 'The metrics could not be collected; see the log.\n');
      },
    );
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(address.port, address.host, resolve));
  server.on('error', (error) => log.error('the metrics server failed', { error }));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A scraper keeps its connection open and would hold up the end.
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(text);
}
