import { aStock, NOW, principal } from '../../test/support/domain.js';
import { skuNamed } from '../../test/support/memory-log.js';
import type { Command, SkuChange } from '../domain/command.js';
import { idBelongsTo, type Offset } from '../domain/ids.js';
import type { CommandAnswer } from '../ports/decisions.js';
import type { Operation } from '../ports/store.js';
import { type AdjustRequest, createAdjustSku } from './adjust-sku.js';
import { type ConfigureRequest, createConfigureSku } from './configure-sku.js';

const HOT = skuNamed('hot');
const SKU = aStock();
const decided = (outcome: 'CONFIGURED' | 'ADJUSTED' | 'DUPLICATE'): CommandAnswer => ({ kind: 'decided', outcome, reason: null });
const refused = (reason: 'VERSION_CONFLICT' | 'NOT_FOUND' | 'BELOW_COMMITTED'): CommandAnswer => ({
  kind: 'decided',
  outcome: 'REFUSED',
  reason,
});
const ELSEWHERE: readonly CommandAnswer[] = [
  { kind: 'pending', appended: { partition: 0, offset: 40 as Offset } },
  { kind: 'unavailable', retryAfterMs: 1_000 },
];

/** What was submitted, and what an answer of the writer makes of it. */
function desk(answer: CommandAnswer, first: Operation | null = null) {
  const submitted: Command[] = [];
  let ids = 0;
  const deps = {
    submit: async (command: Command, waitMs: number) => {
      expect(waitMs).toBe(5_000);
      submitted.push(command);
      return answer;
    },
    store: { operation: async (id: string) => (id === submitted.at(-1)?.commandId ? first : null), sku: async () => SKU },
    clock: { now: () => NOW },
    random: { uuid: () => `uuid-${++ids}` },
  };
  const { signal } = new AbortController();
  const sent = { principal: principal('operator'), skuId: HOT, correlationId: 'c' };
  const configure = (over: Partial<ConfigureRequest> = {}) =>
    createConfigureSku(deps)({ ...sent, ifMatch: null, total: 5, change: {}, ...over }, signal);
  const adjust = (over: Partial<AdjustRequest> = {}) =>
    createAdjustSku(deps)({ ...sent, delta: 5, reason: 'found a box', idempotencyKey: 'k1', ...over }, signal);
  return { configure, adjust, submitted };
}

const first = (over: Partial<Operation>): Operation => ({ outcome: 'CONFIGURED', reason: null, sequence: 2, asked: '{}', ...over });

describe('a configure', () => {
  it('is answered by its decision', async () => {
    expect(await desk(decided('CONFIGURED')).configure()).toEqual({ kind: 'applied', replayed: false, sku: SKU });
    expect(await desk(refused('VERSION_CONFLICT')).configure()).toEqual({ kind: 'refused', reason: 'VERSION_CONFLICT' });
  });

  it('is answered as the first time when it is a repeat', async () => {
    const repeat = decided('DUPLICATE');
    expect(await desk(repeat, first({})).configure()).toEqual({ kind: 'applied', replayed: true, sku: SKU });
    const refusedThen = first({ outcome: 'REFUSED', reason: 'NOT_FOUND' });
    expect(await desk(repeat, refusedThen).configure()).toEqual({ kind: 'refused', reason: 'NOT_FOUND' });
    await expect(desk(repeat, null).configure()).rejects.toThrow('not in the operator log');
  });

  it.each(ELSEWHERE)('that is not decided here: $kind', async (answer) => {
    expect(await desk(answer).configure()).toEqual(answer);
  });

  it('has the same id when it is sent again, however its fields are ordered, and another when anything differs', async () => {
    const { configure, submitted } = desk(decided('CONFIGURED'));
    const change: SkuChange = { perUserLimit: 1, maxQuantity: 2 };
    const idOf = async (over: Partial<ConfigureRequest>): Promise<string | undefined> => {
      await configure({ change, ...over });
      return submitted.at(-1)?.commandId;
    };
    const id = await idOf({});
    expect(await idOf({ change: { maxQuantity: 2, perUserLimit: 1 }, correlationId: 'other' })).toBe(id);
    const others = [
      { change: {} },
      { total: 6 },
      { ifMatch: 1 },
      { principal: principal('other') },
      { principal: principal('operator', 'idp') },
    ];
    const ids = new Set([id]);
    for (const other of others) ids.add(await idOf(other));
    expect(ids.size).toBe(1 + others.length);
  });

  it('of whatever version is a new command each time: a pause after a resume is another pause', async () => {
    const { configure, submitted } = desk(decided('CONFIGURED'));
    for (let time = 0; time < 2; time += 1) await configure({ ifMatch: '*', total: null, change: { state: 'PAUSED' } });
    expect(submitted).toMatchObject([{ ifMatch: '*', change: { state: 'PAUSED' } }, { ifMatch: '*' }]);
    expect(submitted[0]?.commandId).not.toBe(submitted[1]?.commandId);
  });
});

describe('an adjust', () => {
  const asked = '{"delta":5,"reason":"found a box"}';

  it('is answered by its decision', async () => {
    const { adjust, submitted } = desk(decided('ADJUSTED'));
    expect(await adjust()).toEqual({ kind: 'applied', replayed: false, sku: SKU });
    expect(submitted).toMatchObject([{ type: 'adjust', skuId: HOT, userId: 'operator', delta: 5, reason: 'found a box', timestamp: NOW }]);
    expect(idBelongsTo(submitted[0]?.commandId ?? '', HOT)).toBe(true);
    expect(await desk(refused('BELOW_COMMITTED')).adjust()).toEqual({ kind: 'refused', reason: 'BELOW_COMMITTED' });
  });

  it.each(ELSEWHERE)('that is not decided here: $kind', async (answer) => {
    expect(await desk(answer).adjust()).toEqual(answer);
  });

  it('has an id by operator, SKU and key, whatever else it says', async () => {
    const { adjust, submitted } = desk(decided('ADJUSTED'));
    const requests = [{}, { delta: 6 }, { reason: 'other' }, { idempotencyKey: 'k2' }, { principal: principal('other') }];
    for (const over of [...requests, { skuId: skuNamed('cold') }]) await adjust(over);
    const ids = submitted.map(({ commandId }) => commandId);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(new Set(ids).size).toBe(4);
  });

  it('that is a repeat is answered as the first time, applied or refused', async () => {
    const applied = desk(decided('DUPLICATE'), first({ outcome: 'ADJUSTED', asked }));
    expect(await applied.adjust()).toEqual({ kind: 'applied', replayed: true, sku: SKU });
    const refusedThen = desk(decided('DUPLICATE'), first({ outcome: 'REFUSED', reason: 'BELOW_COMMITTED', asked }));
    expect(await refusedThen.adjust()).toEqual({ kind: 'refused', reason: 'BELOW_COMMITTED' });
  });

  it.each([[{ delta: 6 }], [{ reason: 'other' }]])('under a key that was used for another is KEY_REUSED: %j', async (over) => {
    const { adjust } = desk(decided('DUPLICATE'), first({ outcome: 'ADJUSTED', asked }));
    expect(await adjust(over)).toEqual({ kind: 'refused', reason: 'KEY_REUSED' });
  });
});
