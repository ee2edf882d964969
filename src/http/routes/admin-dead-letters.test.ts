import request from 'supertest';
import type { Offset } from '../../domain/ids.js';
import type { LetterPosition, RedriveAnswer } from '../../ports/dead-letters.js';
import { letter, quietOperations } from '../fixtures/operations.js';
import { ADMIN_KEY, fixture, SHOP_KEY } from '../fixtures/services.js';
import type { Operations } from '../operations.js';

const PATH = '/v1/admin/dead-letters';
const BY = { name: 'ops', principal: 'operator:ops ops' };
const at = (partition: number, offset: number): LetterPosition => ({ partition, offset: offset as Offset });

function asking(change: Partial<Operations> = {}, key = ADMIN_KEY) {
  const asked: unknown[][] = [];
  const noting =
    <Args extends unknown[], T>(name: string, work: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> => {
      asked.push([name, ...args]);
      return work(...args);
    };
  const operations: Operations = { ...quietOperations, ...change };
  const noted: Operations = {
    ...operations,
    listLetters: noting('list', operations.listLetters),
    redriveLetter: noting('redrive', operations.redriveLetter),
    redriveLetters: noting('redriveAll', operations.redriveLetters),
    dismissLetter: noting('dismiss', operations.dismissLetter),
  };
  const { app } = fixture({ operations: noted });
  const send = (method: 'get' | 'post', path: string) => request(app)[method](path).set('Authorization', `Bearer ${key}`);
  return { asked, send };
}

const LISTED = {
  ...{ id: '3-1842', partition: 3, offset: 1842, state: 'WAITING', reason: 'INVALID_JSON', reservationId: null, bytes: 9 },
  ...{ storedAt: '2030-01-31T12:00:00.000Z', publishedAt: null, redriven: null, dismissed: null },
};

describe('the list', () => {
  const three = [1, 2, 3].map((offset) => letter({ offset: offset as Offset }));
  const shelf: Partial<Operations> = {
    listLetters: async (_filter, after, limit) => three.filter(({ offset }) => offset > (after?.offset ?? 0)).slice(0, limit),
  };

  test('what waits, without bytes', async () => {
    const res = await asking({ listLetters: async () => [letter()] }).send('get', PATH);
    expect([res.status, res.body]).toEqual([200, { deadLetters: [LISTED] }]);
  });

  test('a page at a time, by Link', async () => {
    const { asked, send } = asking(shelf);
    const first = await send('get', `${PATH}?partition=3&state=WAITING&limit=2`);
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(first.headers.link ?? '') ?? [];
    const last = await send('get', next);
    expect([first, last].map(({ body }) => body.deadLetters.map(({ id }: { id: string }) => id))).toEqual([['3-1', '3-2'], ['3-3']]);
    expect(last.headers.link).toBeUndefined();
    const filter = { partition: 3, state: 'WAITING' };
    expect(asked).toEqual([
      ['list', filter, null, 3],
      ['list', filter, at(3, 2), 3],
    ]);
    // Of another list it leads nowhere.
    for (const other of [next.replace('partition=3', 'partition=2'), next.replace('&state=WAITING', '')])
      expect((await send('get', other)).body.code).toBe('INVALID_QUERY');
  });

  test.each([
    '?partition=-1',
    '?partition=01',
    '?partition=x',
    '?partition=',
    '?state=waiting',
    '?state=GONE',
    '?limit=0',
    '?limit=101',
    '?cursor=',
    '?cursor=AAAA',
    `?cursor=${'A'.repeat(32)}`,
    '?offset=1',
    '?state=WAITING&state=WAITING',
  ])('%s: 400', async (query) => {
    const { asked, send } = asking();
    const res = await send('get', PATH + query);
    expect([res.status, res.body.code, asked]).toEqual([400, 'INVALID_QUERY', []]);
  });
});

describe('one letter', () => {
  test('with its bytes, as text where they are one', async () => {
    const value = Buffer.from([0xff, 0xfe]);
    const { send } = asking({ findLetter: async () => letter({ value, dismissed: { at: 0, by: 'ann', reason: 'junk' } }) });
    const res = await send('get', `${PATH}/3-1842`);
    expect(res.status).toBe(200);
    expect(res.body).toEqual({
      ...LISTED,
      state: 'DISMISSED',
      dismissed: { at: '1970-01-01T00:00:00.000Z', by: 'ann', reason: 'junk' },
      key: { bytes: 5, text: 'sku-1', base64: 'c2t1LTE=', isCut: false },
      value: { bytes: 2, text: null, base64: '//4=', isCut: false },
    });
  });

  test('a long one is cut, and says so; a tombstone has no value', async () => {
    const { send } = asking({ findLetter: async () => letter({ key: Buffer.alloc(70_000, 'x'), value: null }) });
    const { body } = await send('get', `${PATH}/3-1842`);
    expect([body.key.bytes, body.key.text, body.key.isCut, body.value]).toEqual([70_000, null, true, null]);
    expect(Buffer.from(body.key.base64, 'base64')).toHaveLength(65_536);
  });

  test.each(['', '/redrive', '/dismiss'])('that is not there: 404; a name that is none: 400 (%s)', async (what) => {
    const { asked, send } = asking();
    const ask = (id: string) =>
      what === ''
        ? send('get', `${PATH}/${id}`)
        : send('post', `${PATH}/${id}${what}`).send(what === '/dismiss' ? { reason: 'x' } : undefined);
    const missing = await ask('3-1842');
    expect([missing.status, missing.body.code]).toEqual([404, 'NOT_FOUND']);
    const before = asked.length;
    for (const id of ['3', '3-', '-1', '3-1-2', '03-1', '3-1.5', 'x-y', '3%2F1', '9999999999-1'])
      expect((await ask(id)).body.code).toBe('INVALID_ID');
    expect(asked).toHaveLength(before);
  });
});

describe('a redrive', () => {
  test('of one: the letter as it is now', async () => {
    const redriven = letter({ redriven: { at: 0, by: 'ops' }, redrivenTo: at(3, 2_000) });
    const { asked, send } = asking({ redriveLetter: async () => 'done', findLetter: async () => redriven });
    const res = await send('post', `${PATH}/3-1842/redrive`);
    expect([res.status, res.body.state]).toEqual([200, 'REDRIVEN']);
    expect(res.body.redriven).toEqual({ at: '1970-01-01T00:00:00.000Z', by: 'ops', partition: 3, offset: 2_000 });
    expect(asked).toEqual([['redrive', at(3, 1842), BY]]);
  });

  const failed = (isTooLarge: boolean): RedriveAnswer => ({ failed: new Error('broker-7.internal:9092'), isTooLarge });
  test.each<[string, RedriveAnswer, number, string]>([
    ['done before', { at: 0, by: 'ann' }, 409, 'ALREADY_REDRIVEN'],
    ['in hand', 'taken', 409, 'DEAD_LETTER_BUSY'],
    ['too large', failed(true), 409, 'DEAD_LETTER_TOO_LARGE'],
    ['not acknowledged', failed(false), 503, 'LOG_UNAVAILABLE'],
  ])('%s', async (_, answer, status, code) => {
    const res = await asking({ redriveLetter: async () => answer }).send('post', `${PATH}/3-1842/redrive`);
    expect([res.status, res.body.code]).toEqual([status, code]);
    expect(res.text).not.toContain('internal');
    if (code === 'ALREADY_REDRIVEN') expect(res.body.detail).toBe('It was redriven 1970-01-01T00:00:00.000Z by ann.');
  });

  test('of all, a step at a time: what was done, what was not and why, and where it goes on', async () => {
    const next = { until: 1_900_000_000_000, after: at(3, 7) };
    const refused = [{ ...at(0, 1), answer: 'taken' as const }];
    const { asked, send } = asking({
      redriveLetters: async ({ from }) => ({ redriven: 4, refused, remaining: 9, next: from === null ? next : null }),
    });
    const first = await send('post', `${PATH}/redrive`);
    expect([first.status, first.body]).toEqual([
      200,
      {
        ...{ redriven: 4, refused: 1, remaining: 9, next: expect.stringMatching(/^[\w-]+$/) },
        refusals: [{ id: '0-1', code: 'DEAD_LETTER_BUSY', detail: expect.any(String) }],
      },
    ]);
    const second = await send('post', `${PATH}/redrive`).send({ cursor: first.body.next, limit: 5 });
    expect([second.status, second.body.next]).toEqual([200, null]);
    expect(asked).toEqual([
      ['redriveAll', { partition: null, from: null, limit: 100 }, BY],
      ['redriveAll', { partition: null, from: next, limit: 5 }, BY],
    ]);
    const other = await send('post', `${PATH}/redrive`).send({ cursor: first.body.next, partition: 3 });
    expect([other.status, other.body.code]).toEqual([400, 'INVALID_BODY']);
  });

  test.each([
    { limit: 0 },
    { limit: 501 },
    { limit: '5' },
    { partition: -1 },
    { partition: 1.5 },
    { cursor: 'x' },
    { cursor: 7 },
    { all: true },
  ])('of all by %j: 400', async (body) => {
    const { asked, send } = asking();
    const res = await send('post', `${PATH}/redrive`).send(body);
    expect([res.status, res.body.code, asked]).toEqual([400, 'INVALID_BODY', []]);
  });

  test('takes no body of one', async () => {
    expect((await asking().send('post', `${PATH}/3-1842/redrive`).send({ force: true })).body.code).toBe('INVALID_BODY');
  });
});

describe('a dismissal', () => {
  test('needs its reason, and answers the letter', async () => {
    const dismissed = letter({ dismissed: { at: 0, by: 'ops', reason: 'junk' } });
    const { asked, send } = asking({ dismissLetter: async () => 'done', findLetter: async () => dismissed });
    const res = await send('post', `${PATH}/3-1842/dismiss`).send({ reason: 'junk' });
    expect([res.status, res.body.state, asked]).toEqual([200, 'DISMISSED', [['dismiss', at(3, 1842), BY, 'junk']]]);
    expect((await send('post', `${PATH}/3-1842/dismiss`).send({})).body.code).toBe('INVALID_BODY');
    expect((await send('post', `${PATH}/3-1842/dismiss`)).status).toBe(415);
    expect(asked).toHaveLength(1);
  });

  test('of one that was redriven: 409', async () => {
    const { send } = asking({ dismissLetter: async () => ({ at: 0, by: 'ann' }) });
    expect((await send('post', `${PATH}/3-1842/dismiss`).send({ reason: 'junk' })).body.code).toBe('ALREADY_REDRIVEN');
  });
});

test('all of it is for operators, by its methods', async () => {
  const { send, asked } = asking({}, SHOP_KEY);
  for (const path of ['', '/3-1']) expect((await send('get', PATH + path)).status).toBe(403);
  for (const path of ['/redrive', '/3-1/redrive', '/3-1/dismiss']) expect((await send('post', PATH + path)).status).toBe(403);
  expect(asked).toEqual([]);
  const admin = asking();
  expect((await admin.send('get', `${PATH}/redrive`)).headers.allow).toBe('POST');
  expect((await admin.send('post', `${PATH}/3-1`)).headers.allow).toBe('GET, HEAD');
  expect((await admin.send('post', PATH)).headers.allow).toBe('GET, HEAD');
});

test('an outage is 503', async () => {
  const away = () => Promise.reject(new Error('away'));
  const { send } = asking({ listLetters: away, findLetter: away, redriveLetter: away, redriveLetters: away, dismissLetter: away });
  const asks = [send('get', PATH), send('get', `${PATH}/3-1`), send('post', `${PATH}/3-1/redrive`), send('post', `${PATH}/redrive`)];
  for (const ask of [...asks, send('post', `${PATH}/3-1/dismiss`).send({ reason: 'x' })])
    expect((await ask).body.code).toBe('SERVICE_UNAVAILABLE');
});
