import { configure, reserve } from '../support/commands.js';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import type { RunningWriterRole } from '../support/service.js';
import { Site } from '../support/site.js';

let site: Site;
let gate: CommitGate;
let writer: RunningWriterRole;

beforeAll(async () => {
  site = await Site.open(PATIENT);
  gate = await commitGate(site.database.url);
  writer = await site.startWriter({ FLASHSALE_CHUNKS_IN_FLIGHT: '2' });
});

afterEach(() => gate.open());

afterAll(async () => {
  await gate.end();
  await site.close();
});

const heldBy = async (sku: string): Promise<unknown> => {
  const { rows } = await site.sql.query<{ buyer: string; units: number }>(
    `select issuer || ' ' || user_id as buyer, sum(quantity)::int as units from reservations
     where sku_id = $1 and status = 'RESERVED' group by 1`,
    [sku],
  );
  return Object.fromEntries(rows.map(({ buyer, units }) => [buyer, units]));
};

test('inside one chunk every request sees what the buyer got before it, and buyers are told apart by their issuer', async () => {
  const ask = (user: string, key: number, quantity = 1, issuer = 'a') => reserve({ sku: 'bag', user, key: `${key}`, quantity, issuer });
  await site.log.appendCommands([
    configure('bag', { total: 100 }, { perUserLimit: 3 }),
    ...[ask('ann', 1), ask('bob', 1, 2), ask('ann', 2), ask('ann', 3), ask('ann', 4), ask('bob', 2, 2), ask('bob', 3), ask('ann', 5)],
    ask('ann', 6, 3, 'b'),
  ]);
  await site.applied();
  const [held, over] = ['RESERVED', 'USER_LIMIT_EXCEEDED'];
  expect(await site.decisions('bag')).toEqual(['CONFIGURED', held, held, held, held, over, over, held, over, held]);
  expect(await heldBy('bag')).toEqual({ 'a ann': 3, 'a bob': 3, 'b ann': 3 });
});

test('a chunk that is decided while the one before it is still being committed sees its holds, units and ids', async () => {
  await site.log.appendCommands([configure('shoe', { total: 260 }, { perUserLimit: 2 })]);
  await site.applied();
  await gate.close();
  // The first chunk takes 250 of 260 units, two a buyer; in the second the same buyers ask again, repeat themselves, and others come late.
  const first = Array.from({ length: 250 }, (_, n) => reserve({ sku: 'shoe', user: `buyer-${n % 125}`, key: `${n}` }));
  const again = first.slice(0, 100).flatMap((command, n) => [command, reserve({ sku: 'shoe', user: `buyer-${n}`, key: `more-${n}` })]);
  const late = Array.from({ length: 15 }, (_, n) => reserve({ sku: 'shoe', user: `late-${n}` }));
  await site.log.appendCommands([...first, ...again, ...late]);
  await eventually(async () => (await gate.waiting()) === 1);
  // One is being committed, and all that came with it has been taken to be decided on top of it.
  await eventually(async () => (await writer.metric('flashsale_queue_depth', { sku: 'shoe' })) === 0);
  await gate.open();
  await site.applied();
  expect(await site.decisions('shoe')).toEqual([
    'CONFIGURED',
    ...Array(250).fill('RESERVED'),
    ...Array(100).fill(['DUPLICATE', 'USER_LIMIT_EXCEEDED']).flat(),
    ...Array(10).fill('RESERVED'),
    ...Array(5).fill('SOLD_OUT'),
  ]);
  // Right at once, and not only after the fence or a constraint had turned it away.
  for (const result of ['lost', 'failed']) expect(await writer.metric('flashsale_batch_processed_total', { result })).toBe(0);
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
