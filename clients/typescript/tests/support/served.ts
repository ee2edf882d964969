import type { IncomingMessage } from 'node:http';
import { listen } from '../../../../src/http/fixtures/raw-client.js';
import { type Fixture, fixture, SHOP_KEY } from '../../../../src/http/fixtures/services.js';
import type { AppDependencies } from '../../../../src/http/services.js';
import { type ClientOptions, FlashsaleClient } from '../../src/flashsale.js';
import { TestRuntime } from './test-runtime.js';

export interface Served extends Fixture {
  readonly client: FlashsaleClient;
  readonly runtime: TestRuntime;
  readonly port: number;
  /** Every request so far. */
  readonly requests: IncomingMessage[];
  /** Breaks the connection of the last request. */
  cut(): void;
}

const closings: (() => Promise<unknown>)[] = [];

/** The service's app behind a socket, its services as the test says, and a client of it. */
export async function served(change: Partial<AppDependencies> = {}, options: Partial<ClientOptions> = {}): Promise<Served> {
  const own = fixture(change);
  const { server, port, drain } = await listen(own);
  closings.push(() => drain(0));
  const requests: IncomingMessage[] = [];
  server.prependListener('request', (req) => requests.push(req));
  const runtime = new TestRuntime();
  const client = new FlashsaleClient({ baseUrl: `http://127.0.0.1:${port}`, token: SHOP_KEY, runtime, ...options });
  return { ...own, client, runtime, port, requests, cut: () => requests.at(-1)?.socket.destroy() };
}

/** Closes all that was served. */
export async function closeAll(): Promise<void> {
  await Promise.all(closings.splice(0).map((close) => close()));
}

/** What a promise was rejected with. @throws when it was not */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  const value = await promise.then(
    (resolved) => ({ resolved }),
    (error: unknown) => ({ error }),
  );
  if ('error' in value) return value.error;
  throw new Error(`resolved with ${JSON.stringify(value.resolved)}`);
}
