import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetchJson } from './fetch-json.js';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/secret-path`;
}

const LIMITS = { timeoutMs: 10_000, maxBytes: 100 };

test('a document', async () => {
  expect(await fetchJson(await serve((_, res) => res.end('{"keys":[]}')), LIMITS)).toEqual({ keys: [] });
});

test.each<[string, RequestListener, string]>([
  ['an error', (_, res) => void res.writeHead(500).end('{}'), 'the answer has status 500'],
  ['a redirect', (_, res) => void res.writeHead(302, { location: '/other' }).end('{}'), 'the answer has status 302'],
  ['nothing', (_, res) => void res.writeHead(204).end(), 'the answer has status 204'],
  ['a page', (_, res) => void res.end('<html>'), 'the answer is not JSON'],
  ['too much', (_, res) => void res.end(`"${'x'.repeat(100)}"`), 'the answer has more than 100 bytes'],
])('%s fails, without a word of the address or the answer', async (_what, listener, message) => {
  await expect(fetchJson(await serve(listener), LIMITS)).rejects.toThrow(new Error(message));
});

test.each<[string, RequestListener]>([
  ['no answer', () => undefined],
  ['half an answer', (_, res) => void res.write('{"keys":')],
])('%s fails when the time is over', async (_what, listener) => {
  await expect(fetchJson(await serve(listener), { ...LIMITS, timeoutMs: 50 })).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('it ends when it is told to', async () => {
  const ending = new AbortController();
  const url = await serve(() => ending.abort());
  await expect(fetchJson(url, { ...LIMITS, signal: ending.signal })).rejects.toMatchObject({ name: 'AbortError' });
});
