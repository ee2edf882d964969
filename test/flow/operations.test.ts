import { COMMAND_VERSION } from '../../src/domain/command.js';
import type { Reply } from '../support/client.js';
import { configure, reserve, skusIn } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import type { RunningWriterRole } from '../support/service.js';
import { type OpenApi, PARTITIONS, Site } from '../support/site.js';

/** What operators see and do beside commands, on the real servers: pause, dead letters, recount, status. */
const PARTITION = 1;
const [SKU = '', OTHER = ''] = skusIn(PARTITION, PARTITIONS, 'sku', 2);
const LETTERS = '/v1/admin/dead-letters';

let site: Site;
let writer: RunningWriterRole;
let first: OpenApi['client'];
let second: OpenApi['client'];

beforeAll(async () => {
  site = await Site.open();
  writer = await site.startWriter();
  first = (await site.startApi()).client;
  second = (await site.startApi()).client;
  await first.open(SKU, 10);
});

afterAll(() => site.close());

describe('a SKU that is paused', () => {
  test('takes nothing until it is resumed; what is paused can be paused', async () => {
    const paused = await first.turn(SKU, 'pause');
    expect(paused).toMatchObject({ status: 200, body: { skuId: SKU, state: 'PAUSED' } });
    const again = await second.turn(SKU, 'pause');
    const { version, sequence, ...visible } = paused.body;
    expect(again).toMatchObject({ status: 200, body: visible });
    expect(await second.reserve({ sku: SKU, user: 'ann', wait: 10 })).toMatchObject({ status: 409, body: { code: 'SALE_PAUSED' } });
    expect(await second.turn(SKU, 'resume')).toMatchObject({ status: 200, body: { state: 'OPEN' } });
    await eventually(async () => (await first.reserve({ sku: SKU, user: 'ann', wait: 10 })).status === 201);
    expect(await first.turn('nobody-created-it', 'pause')).toMatchObject({ status: 404, body: { code: 'UNKNOWN_SKU' } });
    // Each was a command of the log, and is in the operators' log.
    const { rows } = await site.sql.query(
      `select principal, outcome, asked from operator_log where sku_id = $1 and sequence > 1 order by sequence`,
      [SKU],
    );
    expect(rows.map(({ asked }) => JSON.parse(asked).change.state)).toEqual(['PAUSED', 'PAUSED', 'OPEN']);
    expect(new Set(rows.map(({ principal }) => principal))).toEqual(new Set(['operator:shop shop']));
  });
});

describe('dead letters', () => {
  const good = reserve({ sku: SKU, user: 'bob' });
  const newer = reserve({ sku: SKU, user: 'cat' });
  const letters = async (query = ''): Promise<Record<string, unknown>[]> =>
    (await first.get(LETTERS + query)).body.deadLetters as Record<string, unknown>[];
  const ids = async (query = ''): Promise<unknown[]> => (await letters(query)).map(({ id }) => id);
  let names: { json: string; newer: string; good: string };

  test('are listed with their reasons, a page at a time, and shown with their bytes', async () => {
    await site.log.append([
      { partition: PARTITION, key: SKU, value: '{"version":' },
      { partition: PARTITION, key: SKU, value: JSON.stringify({ ...newer, version: COMMAND_VERSION + 1 }) },
      { partition: PARTITION, key: SKU, value: 'as a record whose statement failed' },
    ]);
    await site.applied();
    const [json, future, third] = await letters();
    expect([json, future, third].map((letter) => [letter?.partition, letter?.state, letter?.reason])).toEqual([
      [PARTITION, 'WAITING', 'INVALID_JSON'],
      [PARTITION, 'WAITING', 'UNKNOWN_VERSION'],
      [PARTITION, 'WAITING', 'INVALID_JSON'],
    ]);
    names = { json: String(json?.id), newer: String(future?.id), good: String(third?.id) };
    // Nothing is wrong with this one: as it would be kept if the database had refused its statement.
    const { value } = site.log.message(good);
    await site.sql.query(
      `update dead_letters set value = $1, reservation_id = $2, reason = 'UNAPPLICABLE' where partition || '-' || log_offset = $3`,
      [Buffer.from(value ?? ''), good.reservationId, names.good],
    );
    const page = await first.get(`${LETTERS}?limit=2`);
    const next = /^<(.*)>; rel="next"$/.exec(page.headers.link ?? '')?.[1] ?? '';
    expect((await second.get(next)).body.deadLetters).toMatchObject([{ id: names.good, reason: 'UNAPPLICABLE' }]);
    expect(await ids(`?partition=${PARTITION + 1}`)).toEqual([]);
    expect((await first.get(`${LETTERS}/${names.json}`)).body).toMatchObject({
      id: names.json,
      value: { text: '{"version":' },
      key: { text: SKU },
    });
    expect(await first.reservation(good.reservationId)).toMatchObject({ status: 503, body: { code: 'STATUS_UNKNOWN' } });
  });

  test('one that is nobody’s is dismissed, waits no longer, and is in the operators’ log', async () => {
    const dismissed = await second.post(`${LETTERS}/${names.json}/dismiss`, { reason: 'a script of somebody’s' });
    expect(dismissed).toMatchObject({
      status: 200,
      body: { state: 'DISMISSED', dismissed: { by: 'shop', reason: 'a script of somebody’s' } },
    });
    expect(await ids('?state=WAITING')).toEqual([names.newer, names.good]);
    expect(await ids('?state=DISMISSED')).toEqual([names.json]);
    const { rows } = await site.sql.query(`select principal from operator_log where action = 'dismiss'`);
    expect(rows).toEqual([{ principal: 'operator:shop shop' }]);
  });

  test('asked for from two processes at once a redrive goes through the log once, and is decided', async () => {
    const replies: Reply[] = await Promise.all(
      [first, second, first, second].map((client) => client.post(`${LETTERS}/${names.good}/redrive`)),
    );
    const done = replies.filter(({ status }) => status === 200);
    expect(done).toHaveLength(1);
    expect(done[0]?.body).toMatchObject({ id: names.good, state: 'REDRIVEN', redriven: { by: 'shop', partition: PARTITION } });
    for (const { status, body } of replies.filter((reply) => reply.status !== 200))
      expect([status, ['ALREADY_REDRIVEN', 'DEAD_LETTER_BUSY'].includes(String(body.code))]).toEqual([409, true]);
    expect(await first.post(`${LETTERS}/${names.good}/redrive`)).toMatchObject({ status: 409, body: { code: 'ALREADY_REDRIVEN' } });
    await site.applied();
    const { value } = site.log.message(good);
    expect((await site.log.read()).filter((record) => record.value === value)).toHaveLength(1);
    expect(await second.reservation(good.reservationId)).toMatchObject({ status: 200, body: { status: 'RESERVED' } });
    site.accepted.add(good.reservationId);
  });

  test('all at once: what nobody can decide comes back as a letter anew, and the pass ends', async () => {
    const step = await first.post(`${LETTERS}/redrive`, { limit: 500 });
    expect(step).toMatchObject({ status: 200, body: { redriven: 1, refused: 0, refusals: [], next: null } });
    await site.applied();
    const waiting = await letters('?state=WAITING');
    expect(waiting).toMatchObject([{ reason: 'UNKNOWN_VERSION', reservationId: newer.reservationId }]);
    expect(waiting[0]?.id).not.toBe(names.newer);
    expect((await second.post(`${LETTERS}/redrive`, { partition: PARTITION + 1 })).body).toMatchObject({ redriven: 0, remaining: 0 });
  });
});

describe('the recount', () => {
  test('is made, kept and shown by every process', async () => {
    const run = await first.post('/v1/admin/audit/run', undefined, { prefer: 'wait=10' });
    expect(run).toMatchObject({
      status: 200,
      body: { outcome: 'CLEAN', askedBy: 'shop', report: { faults: {}, totals: { oversold: 0, lost: 0 } } },
    });
    expect((await second.get('/v1/admin/audit')).body).toEqual({ isRunning: false, last: run.body });
  });

  test('names what is wrong', async () => {
    await site.sql.query('update stock set reserved = reserved + 1 where sku_id = $1', [SKU]);
    const run = await second.post('/v1/admin/audit/run', undefined, { prefer: 'wait=10' });
    expect(run.body).toMatchObject({ outcome: 'FAULTY', report: { faults: { conservationBreaks: 1 }, faultySkus: [{ skuId: SKU }] } });
    await site.sql.query('update stock set reserved = reserved - 1 where sku_id = $1', [SKU]);
  });
});

describe('the status', () => {
  const partitionsOf = (reply: Reply) => reply.body.partitions as Record<string, unknown>[];

  test('has every partition with its owner, no lag, and what waits', async () => {
    await site.applied();
    const reply = await first.get('/v1/admin/status');
    expect(reply.body).toMatchObject({
      ...{ backlog: 0, unanswered: [], takesReservations: true, breakers: { redis: 'closed' }, sale: { state: 'RUNNING' } },
      deadLetters: { waiting: 1, oldestStoredAt: expect.any(String) },
    });
    expect(partitionsOf(reply)).toHaveLength(PARTITIONS);
    const owner = { member: expect.stringMatching(/^flashsale-/), host: expect.stringMatching(/./) };
    for (const partition of partitionsOf(reply)) expect(partition).toMatchObject({ lag: 0, owner });
    expect(partitionsOf(reply)[PARTITION]).toMatchObject({ position: expect.any(Number), appliedThrough: expect.any(String) });
  });

  test('says how fast it decides, while it does', async () => {
    await site.log.appendCommands([configure(OTHER, { total: 1_000 })]);
    await eventually(async () => {
      await site.log.appendCommands(Array.from({ length: 50 }, (_, at) => reserve({ sku: OTHER, user: `u${at}` })));
      return Number((await first.get('/v1/admin/status')).body.decisionsPerSecond) > 0;
    });
  });

  test('without a writer there is a backlog and no owner', async () => {
    await site.applied();
    await writer.stop();
    await site.log.appendCommands([reserve({ sku: OTHER, user: 'waits' })]);
    const reply = await eventually(async () => {
      const status = await second.get('/v1/admin/status');
      expect(status.body.backlog).toBe(1);
      return status;
    });
    expect(partitionsOf(reply)[PARTITION]).toMatchObject({ lag: 1, owner: null });
    expect(reply.body.unanswered).toEqual([]);
    await site.startWriter();
    expect((await site.recount()).faults).toEqual({});
  });
});
