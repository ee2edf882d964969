import fc, { type Arbitrary } from 'fast-check';
import type { SkuBatch } from '../../src/domain/decision.js';
import type { Offset } from '../../src/domain/ids.js';
import { UNAPPLICABLE } from '../../src/ports/dead-letters.js';
import type { RawRecord } from '../../src/ports/log.js';
import type { WriterStore } from '../../src/ports/store.js';
import { commandsIn, logArbitrary } from '../support/memory-log.js';
import { DATABASES, type DatabaseSide } from './database-sides.js';
import { decide, everything, fate } from './stored.js';

type Who = 'owner' | 'rival';

/** What one of the two owners does next; numbers are taken within what there is. */
type Step =
  | { readonly what: 'read'; readonly by: Who; readonly records: number }
  | { readonly what: 'commit' | 'commit again'; readonly by: Who }
  | { readonly what: 'begin again'; readonly by: Who; readonly offset: number }
  /** One of the records that were read last, counted from the end. */
  | { readonly what: 'set aside'; readonly by: Who; readonly back: number }
  | { readonly what: 'advance'; readonly by: Who; readonly offset: number; readonly appliedThrough: number | null };

const by = fc.constantFrom<Who>('owner', 'rival');
const offset = fc.nat({ max: 60 });
const reads: Arbitrary<Step> = fc.record({ what: fc.constant('read' as const), by, records: fc.integer({ min: 1, max: 20 }) });
const commits: Arbitrary<Step> = fc.record({ what: fc.constant('commit' as const), by });
const repeats: Arbitrary<Step> = fc.record({ what: fc.constant('commit again' as const), by });
const returns: Arbitrary<Step> = fc.record({ what: fc.constant('begin again' as const), by, offset });
const letters: Arbitrary<Step> = fc.record({ what: fc.constant('set aside' as const), by, back: fc.nat({ max: 9 }) });
const appliedThrough = fc.option(fc.integer({ min: 1, max: 9_000 }));
const advances: Arbitrary<Step> = fc.record({ what: fc.constant('advance' as const), by, offset, appliedThrough });
const stepsArbitrary = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: reads },
    { weight: 6, arbitrary: commits },
    { weight: 1, arbitrary: repeats },
    { weight: 1, arbitrary: returns },
    { weight: 3, arbitrary: letters },
    { weight: 2, arbitrary: advances },
  ),
  { minLength: 5, maxLength: 25 },
);

/** An owner of the partition, as far as it has read. */
class Reading {
  next = 0;
  waiting: readonly SkuBatch[] = [];
  last: readonly SkuBatch[] = [];

  constructor(readonly store: WriterStore) {}
}

/** However slow the machine, the database does not take a batch for one that comes late. */
const LATER = Date.now() + 3_600_000;

/** @returns what each step was answered */
async function play(side: DatabaseSide, log: readonly RawRecord[], steps: readonly Step[]): Promise<unknown[]> {
  const owners = { owner: new Reading(side.owner), rival: new Reading(side.rival) };
  const answers: unknown[] = [];
  for (const [at, step] of steps.entries()) answers.push(await take(owners[step.by], step, log, LATER + at));
  return answers;
}

async function take(own: Reading, step: Step, log: readonly RawRecord[], now: number): Promise<unknown> {
  const { store } = own;
  switch (step.what) {
    case 'read': {
      const dead = await store.deadOffsets(0, own.next as Offset);
      const chunk = log.slice(own.next, own.next + step.records).filter((record) => !dead.includes(record.offset));
      own.next = Math.min(log.length, own.next + step.records);
      own.waiting = await decide(store, commandsIn(chunk), now);
      return own.waiting.map(({ entry }) => entry.hash);
    }
    case 'commit':
      own.last = own.waiting;
      return await fate(store.commit(own.waiting));
    case 'commit again':
      return await fate(store.commit(own.last));
    case 'begin again':
      own.next = Math.min(step.offset, log.length);
      return null;
    case 'set aside': {
      const at = Math.max(0, own.next - 1 - step.back);
      const [command] = commandsIn(log.slice(at, at + 1));
      if (command === undefined) return null;
      const { skuId: unapplicableTo } = command.command;
      const letter = { ...log[at]!, partition: 0, reason: UNAPPLICABLE, reservationId: null, unapplicableTo };
      return await fate(store.keepDeadLetters([letter]));
    }
    case 'advance':
      await store.advance([
        { partition: 0, nextOffset: step.offset as Offset, fingerprint: `by ${step.by}`, appliedThrough: step.appliedThrough },
      ]);
      return null;
  }
}

async function leftIn({ owner, events }: DatabaseSide): Promise<object> {
  const positions = await owner.positions([0]);
  await owner.advance([{ partition: 0, nextOffset: 1_000 as Offset, fingerprint: null, appliedThrough: null }]);
  const letters = [...(await owner.deadOffsets(0, 0 as Offset))].sort((a, b) => a - b);
  return { ...(await everything(owner)), positions, letters, ledger: await events.pages([0], { entries: 1_000, bytes: 1_000_000 }) };
}

const [COMMITTED, LOST, SET_ASIDE] = ['committed', 'lost', 'set aside'];

test('two owners of a partition, each with a place of its own in the log, are answered the same by the model and by PostgreSQL', async () => {
  const sides = await Promise.all(DATABASES.map(([, open]) => open()));
  const seen = new Map([COMMITTED, LOST, SET_ASIDE, 'P0001'].map((what) => [what, 0]));
  try {
    const property = fc.asyncProperty(logArbitrary, stepsArbitrary, async (log, steps) => {
      const told: unknown[][] = [];
      const left: object[] = [];
      for (const side of sides) {
        await side.empty();
        told.push(await play(side, log, steps));
        left.push(await leftIn(side));
      }
      const [model, server] = told as [unknown[], unknown[]];
      expect(model).toEqual(server);
      expect(left[0]).toEqual(left[1]);
      for (const [at, { what }] of steps.entries()) note(what, server[at]);
    });
    await fc.assert(property, { seed: 20_261_121, numRuns: 20 });
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
  // Sequences that meet nothing of all this would say nothing.
  expect([...seen].filter(([, times]) => times === 0)).toEqual([]);

  function note(what: Step['what'], answer: unknown): void {
    const key = keyOf(what, answer);
    if (key !== null) seen.set(key, (seen.get(key) ?? 0) + 1);
  }
});

function keyOf(what: Step['what'], answer: unknown): string | null {
  if (what === 'set aside') return answer === undefined ? SET_ASIDE : null;
  if (answer instanceof Set) return answer.size > 0 ? COMMITTED : LOST;
  return typeof answer === 'object' && answer !== null && 'code' in answer ? String(answer.code) : null;
}
