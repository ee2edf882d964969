import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { COMMAND_VERSION } from '../../src/domain/command.js';
import { configure, reserve, skusIn } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { type OpenApi, PARTITIONS, Site } from '../support/site.js';

/**
 * A record of a version that only tomorrow's program knows is set aside, told on the topic of the dead letters, and put into the log again by
 * an operator, once.
 */
const PARTITION = 1;
const [SKU = ''] = skusIn(PARTITION, PARTITIONS, 'sku', 1);
const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

let site: Site;
let client: OpenApi['client'];
let environment: Record<string, string>;

beforeAll(async () => {
  site = await Site.open();
  await site.startWriter();
  ({ client } = await site.startApi());
  environment = site.environmentOfTools();
  await site.log.appendCommands([configure(SKU, { total: 10 })]);
});

afterAll(() => site.close());

function flashsale(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, 'dead-letters', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr }),
    );
  });
}

const operatorLog = async (): Promise<unknown[]> => {
  const { rows } = await site.sql.query(`select principal, outcome, asked from operator_log where action = 'redrive' order by decided_at`);
  return rows.map(({ asked, ...row }) => ({ ...row, asked: JSON.parse(asked) }));
};
function askedFor(letter: string, offset: unknown): object {
  const [topic, partition, from] = letter.split('/');
  const to = { partition: Number(partition), offset };
  return { topic, partition: Number(partition), offset: Number(from), reason: 'UNKNOWN_VERSION', to };
}

const future = reserve({ sku: SKU, user: 'from-tomorrow' });
const bytes = JSON.stringify({ ...future, version: COMMAND_VERSION + 1, ü: 'unknown' });
let name: string;

test('it waits as a dead letter, with its bytes', async () => {
  await site.log.append([{ partition: PARTITION, key: SKU, value: bytes }]);
  await site.applied();
  const { code, stdout } = await flashsale('list', '--json');
  const [letter, ...others] = JSON.parse(stdout);
  expect({ code, others }).toEqual({ code: 0, others: [] });
  expect(letter).toMatchObject({ partition: PARTITION, reason: 'UNKNOWN_VERSION', reservationId: future.reservationId, redrivenAt: null });
  name = letter.name;
});

test('and is published as it came, saying why and from where', async () => {
  await eventually(async () => {
    const { rows } = await site.sql.query('select from dead_letters where published_at is not null');
    return rows.length === 1;
  });
  expect(await site.letters.read()).toEqual([
    {
      partition: 0,
      offset: 0,
      key: SKU,
      value: bytes,
      headers: {
        reason: 'UNKNOWN_VERSION',
        'source-topic': name.split('/')[0],
        'source-partition': String(PARTITION),
        'source-offset': name.split('/')[2],
        reservationId: future.reservationId,
      },
    },
  ]);
});

test('redriven it is in the log again, byte for byte; here nobody knows it any better', async () => {
  expect(await flashsale('redrive', name, '--by', 'ann')).toMatchObject({ code: 0, stdout: `${name}: redriven\n` });
  const records = (await site.log.read()).filter(({ value }) => value === bytes);
  expect(records).toHaveLength(2);
  await site.applied();
  const { stdout } = await flashsale('list', '--all');
  expect(stdout.trim().split('\n')).toEqual([expect.stringMatching(/ redriven .* by ann$/), expect.not.stringContaining(' redriven ')]);
  expect(await operatorLog()).toEqual([{ principal: 'command-line ann', outcome: 'REDRIVEN', asked: askedFor(name, records[1]?.offset) }]);
});

test('a second time is refused, and says when and by whom it was', async () => {
  const { code, stdout } = await flashsale('redrive', name);
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/: was redriven already, 20\S+ by ann\n$/) });
});

test('a letter that is not there is refused; a name that is none is an error of usage', async () => {
  expect(await flashsale('redrive', 'no-topic/0/1')).toMatchObject({ code: 1, stdout: 'no-topic/0/1: there is no such dead letter\n' });
  expect((await flashsale('redrive', 'nothing')).code).toBe(64);
  expect((await flashsale('redrive')).code).toBe(64);
  expect((await flashsale('redrive', name, '--all')).code).toBe(64);
});

test('one that is in hand is not redriven by another at the same time', async () => {
  const [topic, partition] = name.split('/');
  const { rows } = await site.sql.query('select log_offset from dead_letters where redriven_at is null');
  const held = `${topic}/${partition}/${rows[0].log_offset}`;
  await site.sql.query('begin');
  await site.sql.query('select from dead_letters where redriven_at is null for update');
  const answer = await flashsale('redrive', held);
  await site.sql.query('rollback');
  expect(answer).toMatchObject({ code: 1, stdout: `${held}: somebody else is redriving it now\n` });
});

test('what was set aside and can be decided is decided, all at once and once', async () => {
  const good = reserve({ sku: SKU, user: 'bob' });
  // As a record whose statement failed was kept: nothing is wrong with it.
  const { value } = site.log.message(good);
  await site.sql.query("update dead_letters set value = $1, reservation_id = $2, reason = 'UNAPPLICABLE' where redriven_at is null", [
    Buffer.from(value ?? ''),
    good.reservationId,
  ]);
  expect(await client.reservation(good.reservationId)).toMatchObject({ status: 503 });
  expect(await flashsale('redrive', '--all')).toMatchObject({ code: 0 });
  await site.applied();
  expect(await client.reservation(good.reservationId)).toMatchObject({ status: 200, body: { status: 'RESERVED' } });
  expect((await flashsale('redrive', '--all')).stdout).toBe('there are no dead letters to redrive\n');
  expect(await site.decisions(SKU)).toEqual(['CONFIGURED', 'RESERVED']);
  expect(await operatorLog()).toHaveLength(2);
  site.accepted.add(good.reservationId);
});

test('the recount: what was redriven and decided is neither lost nor a dead letter; what was not is lost', async () => {
  const { faults, partitions } = await site.recount();
  expect(faults).toEqual({});
  expect(partitions[PARTITION]).toMatchObject({ decided: 2, deadLetters: 0, redriven: 2, unaccounted: 0, doubled: 0 });
  // Its own copy was made another's by this test, so nobody has decided it, nor does it wait.
  site.accepted.add(future.reservationId);
  expect((await site.recount()).faults).toEqual({ lost: 1 });
});
