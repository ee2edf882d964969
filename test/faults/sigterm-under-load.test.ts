import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { say } from '../../infra/local/say.mjs';
import type { Member } from '../../loadtest/stand/members.js';
import { partitionsOf } from '../../loadtest/stand/ownership.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { open } from '../../src/http/fixtures/raw-client.js';
import { Client } from '../support/client.js';
import { configure, reserve, skusIn } from '../support/commands.js';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import { getRequest, halfSent, postRequest } from './half-sent.js';
import { type Fate, HttpLoad } from './http-load.js';
import { longestPause } from './pauses.js';
import { Stand, signalled } from './stand.js';
import { SteadyFeed } from './steady-feed.js';

/** A process that is told to stop in the middle of its work leaves nothing behind: it ends in time, and others go on (I3, I5). */
const DRAIN_MS = 10_000;
const BACKLOG = 40_000;
/** What is left of it, at least, when the signal comes. */
const LEFT = 20_000;
const RESUMED_WITHIN_MS = 3_000;
const UNITS = 1_000_000;
/** Requests that were sent so long before the signal have reached the process, also on a busy machine. */
const SURELY_RECEIVED_MS = 500;

type Owned = ReadonlySet<number>;

let stand: Stand;
let gate: CommitGate;
let feed: SteadyFeed;

/** One in each partition. */
const skus = Array.from({ length: PARTITIONS }, (_, partition) => skusIn(partition, PARTITIONS, 'sku', 1)[0] as string);
let buyers = 0;
const request = (sku: string) => reserve({ sku, user: `buyer-${buyers++}`, decideBy: Date.now() + 3_600_000 });
const nextRequest = () => request(skus[buyers % skus.length] as string);

beforeAll(async () => {
  stand = await Stand.open('sigterm', { ...PATIENT, FLASHSALE_DRAIN_MS: String(DRAIN_MS) });
  gate = await commitGate(stand.place.databaseUrl);
  feed = await SteadyFeed.open(stand.place);
  await feed.publish(skus.map((sku) => configure(sku, { total: UNITS })));
}, 60_000);

afterAll(async () => {
  await gate?.open();
  await feed?.close();
  await gate?.end();
  await stand?.close();
}, 60_000);

/** Also by the limit a process ends with 0: its log tells the two apart. */
function expectOrderlyEnd({ logFile }: Member, { code, ms }: { code: number | null; ms: number }): void {
  const log = readFileSync(logFile, 'utf8');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(DRAIN_MS);
  expect(log).toContain('"msg":"stopped"');
  expect(log.split('\n').filter((line) => /drain limit|did not stop cleanly/.test(line))).toEqual([]);
}

test('a writer in the middle of a backlog: it ends in time, and another goes on at once', async () => {
  const leaver = await stand.start('leaver', 'writer');
  const survivor = await stand.start('survivor', 'writer');
  await stand.ready();
  await stand.drained();
  await gate.close();
  await feed.publish(Array.from({ length: BACKLOG }, nextRequest));
  const [left, own] = (await Promise.all([leaver, survivor].map(partitionsOf))) as [Owned, Owned];
  feed.start(300, nextRequest);
  const before = await stand.decided();
  await gate.open();
  await eventually(async () => (await stand.decided()) > before + 1_000);
  const backlog = await stand.undecided();

  const from = Date.now();
  const end = await signalled(leaver, 'SIGTERM');
  await stand.drained();
  const until = Date.now();
  await feed.stop();
  await stand.drained();
  const pause = await longestPause(stand.sql, left, { from, until });
  // What was the survivor's all along waits for nothing but the machine, which others may keep busy too.
  const ownPause = await longestPause(stand.sql, own, { from, until });
  say(
    `sigterm, writer: ${backlog} commands behind, ended after ${(end.ms / 1_000).toFixed(2)} s, ` +
      `longest pause of its ${left.size} partitions ${(pause / 1_000).toFixed(2)} s (of the survivor's own ${(ownPause / 1_000).toFixed(2)} s), all decided after ${((until - from) / 1_000).toFixed(1)} s`,
  );
  expectOrderlyEnd(leaver, end);
  expect(backlog).toBeGreaterThan(LEFT);
  expect(pause).toBeLessThan(RESUMED_WITHIN_MS + ownPause);
  expect(await stand.faults(feed.accepted)).toEqual({});
}, 120_000);

/** How many met which fate. */
function tally(fates: readonly Fate[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const fate of fates) {
    const name = fate.kind === 'answered' ? `${fate.status}` : fate.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const idIn = (body: string): string => (JSON.parse(body) as { reservationId: string }).reservationId;
const listens = (port: number): Promise<boolean> =>
  open(port).then(
    (socket) => socket.destroy() && true,
    () => false,
  );

test('an API under open load: it is not ready any more, answers what it has begun, and every 202 is decided', async () => {
  const accepted = new Set<string>();
  const api = await stand.start('leaving-api', 'api');
  await stand.start('writer', 'writer');
  await stand.ready();
  await stand.drained();
  const apiKey = await stand.apiKey();
  const client = new Client({ url: api.baseUrl, apiKey, onAccepted: (id) => accepted.add(id) });
  const port = Number(new URL(api.baseUrl).port);
  const path = '/v1/reservations';
  const headersOf = () => ({ authorization: `Bearer ${apiKey}`, 'idempotency-key': randomUUID() });
  const bodyOf = (sku: string) => ({ skuId: sku, quantity: 1, userId: `buyer-${buyers++}` });

  // Some wait for decisions which cannot be made yet; some have sent one half of their request.
  const [patient = '', ...others] = skus;
  await gate.close();
  const waiting = Array.from({ length: 20 }, (_, n) => client.reserve({ sku: patient, user: `patient-${n}`, wait: 10 }));
  const load = new HttpLoad({
    url: () => `${api.baseUrl}${path}`,
    connections: 60,
    perSecond: 400,
    next: () => ({ headers: headersOf(), body: bodyOf(others[buyers % others.length] as string) }),
  });
  const slow = await Promise.all(others.map((sku) => halfSent(port, postRequest(path, headersOf(), bodyOf(sku)))));
  const readiness = await halfSent(port, getRequest('/readyz'));
  await eventually(() => load.asked.length > 800);

  const sentAt = performance.now();
  const ending = signalled(api, 'SIGTERM');
  await eventually(async () => !(await listens(port)));
  const ready = await readiness.finish();
  const slowAnswers = await Promise.all(slow.map((each) => each.finish()));
  await gate.open();
  const waited = await Promise.all(waiting);
  const end = await ending;
  await load.ended();
  await client.close();
  await stand.drained();

  for (const { fate } of load.asked) if (fate.kind === 'answered' && fate.status === 202) accepted.add(idIn(fate.body));
  for (const answer of slowAnswers) if (answer?.status === 202) accepted.add(idIn(answer.body));
  const fates = tally(load.asked.map(({ fate }) => fate));
  const answered = load.asked.filter((each) => each.fate.kind === 'answered' && each.endedAt > sentAt).length;
  say(
    `sigterm, API: ended after ${(end.ms / 1_000).toFixed(2)} s; ${JSON.stringify(fates)} of its load, ${answered} answered after the signal; ` +
      `${accepted.size} accepted`,
  );
  expect([ready?.status, JSON.parse(ready?.body ?? '{}').code]).toEqual([503, 'NOT_READY']);
  expect(slowAnswers.map((answer) => answer?.status)).toEqual(others.map(() => 202));
  expect(waited.map(({ status }) => status)).toEqual(waiting.map(() => 201));
  const { 202: taken = 0, refused = 0, unanswered = 0, ...otherwise } = fates;
  expect(otherwise).toEqual({});
  expect(taken).toBeGreaterThan(800);
  expect(refused).toBe(60);
  expect(unanswered).toBeLessThanOrEqual(60);
  const early = load.asked.filter((each) => each.sentAt < sentAt - SURELY_RECEIVED_MS);
  expect(Object.keys(tally(early.map(({ fate }) => fate)))).toEqual(['202']);
  expect(await stand.faults(accepted)).toEqual({});
  expectOrderlyEnd(api, end);
}, 120_000);

test.each([
  ['answered', 'HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}', { 202: 1, refused: 1 }],
  ['unanswered', '', { unanswered: 1, refused: 1 }],
  ['cut in its head', 'HTTP/1.1 202 Acc', { cut: 1, refused: 1 }],
  ['cut in its body', 'HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 9\r\n\r\n{}', { cut: 1, refused: 1 }],
])('the load notices what becomes of a request: %s', async (_, bytes, fates) => {
  const server = createServer((socket) => {
    server.close();
    socket.once('data', () => socket.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const load = new HttpLoad({ url: () => url, connections: 1, perSecond: 100, next: () => ({ headers: {}, body: {} }) });
  await load.ended();
  expect(tally(load.asked.map(({ fate }) => fate))).toEqual(fates);
});
