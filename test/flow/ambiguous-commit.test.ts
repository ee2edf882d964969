import { type BreakableLink, breakableLink } from '../support/breakable-link.js';
import { configure, reserve } from '../support/commands.js';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import type { RunningWriterRole } from '../support/service.js';
import { Site } from '../support/site.js';

/** The connection breaks: whether the commit that was under way took place, the writer has to find out by reading again (I4, I6). */
let site: Site;
let link: BreakableLink;
let gate: CommitGate;
let writer: RunningWriterRole;

beforeAll(async () => {
  const server = new URL(process.env.FLASHSALE_DATABASE_URL ?? '');
  link = await breakableLink({ host: server.hostname, port: Number(server.port || 5432) });
  site = await Site.open(PATIENT);
  gate = await commitGate(site.database.url);
  const { username, password } = server;
  const url = `postgres://${username}:${password}@127.0.0.1:${link.port}/${site.database.name}`;
  writer = await site.startWriter({ FLASHSALE_DATABASE_URL: url });
  await site.log.appendCommands([configure('clock', { total: 1_000 })]);
  await site.applied();
});

afterEach(async () => {
  link.restore();
  await gate.open();
});

afterAll(async () => {
  await gate.end();
  await site.close();
  await link.close();
});

/** Two chunks: one being committed when the connection breaks, one decided on top of it. */
async function breakDuringCommit(round: string): Promise<void> {
  await gate.close();
  await site.log.appendCommands(Array.from({ length: 400 }, (_, n) => reserve({ sku: 'clock', user: `${round}-${n}` })));
  await eventually(async () => (await gate.waiting()) === 1);
  link.cut();
}

async function decidedOnce(round: string): Promise<void> {
  await site.applied();
  const { rows } = await site.sql.query<{ rows: number }>('select count(*)::int as rows from reservations where user_id like $1', [
    `${round}-%`,
  ]);
  expect(rows).toEqual([{ rows: 400 }]);
  expect(writer.health()).toEqual([]);
}

test('it takes place after the writer has come back: the same batch, decided again, loses to it', async () => {
  await breakDuringCommit('slow');
  link.restore();
  // The server does not know that nobody waits for the answer; the writer tries again and queues up behind itself.
  await eventually(async () => (await gate.waiting()) === 2);
  await gate.open();
  await decidedOnce('slow');
});

test('it took place before the writer came back: what was decided is skipped', async () => {
  await breakDuringCommit('fast');
  await gate.open();
  await eventually(async () => {
    const { rows } = await site.sql.query<{ sequence: number }>('select sequence::int from stock');
    return rows[0]?.sequence === 1 + 400 + 250;
  });
  link.restore();
  await decidedOnce('fast');
});

test('it breaks while the writer is reading: read again, and nobody dies of it', async () => {
  await site.sql.query('begin; lock table reservations in access exclusive mode');
  const asks = Array.from({ length: 10 }, (_, n) => reserve({ sku: 'clock', user: `read-${n}` }));
  // An operator's command is never decided from memory: by now the writer may know all the rest without a read.
  await site.log.appendCommands([configure('clock', { version: 1 }), ...asks]);
  // The sweep waits for the table too: it is the writer's read that has to be broken.
  await eventually(async () => {
    const { rows } = await site.sql.query<{ reads: number }>(
      "select count(*)::int as reads from pg_stat_activity where wait_event_type = 'Lock' and query like '%last id of each of their buyers%' and pid <> pg_backend_pid()",
    );
    return rows[0]?.reads === 1;
  });
  link.cut();
  link.restore();
  await site.sql.query('commit');
  await site.applied();
  expect((await site.decisions('clock')).slice(-10)).toEqual(Array(10).fill('RESERVED'));
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
