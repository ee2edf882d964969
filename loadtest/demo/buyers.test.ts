import { planAsks, RAMP_MS, seededRandom } from './buyers.js';
import { catalogue, HOT_SKU } from './catalogue.js';

const skus = catalogue(500, 5_000);
const asks = planAsks(skus, 1_200, seededRandom(1));
const firsts = asks.filter(({ isRepeat }) => !isRepeat);
const repeats = asks.filter(({ isRepeat }) => isRepeat);

describe('the crowd', () => {
  it('holds every buyer of the hot SKU once, and some hundreds for each of nine others', () => {
    expect(firsts.filter(({ skuId }) => skuId === HOT_SKU)).toHaveLength(5_000);
    expect(new Set(firsts.filter(({ skuId }) => skuId === HOT_SKU).map(({ userId }) => userId)).size).toBe(5_000);
    expect(skus).toHaveLength(10);
    for (const { skuId } of skus.slice(1)) expect(firsts.filter((ask) => ask.skuId === skuId).length).toBeGreaterThan(200);
  });

  it('sends one request in ten twice, with the same key and body, half of them at once', () => {
    expect(repeats.length).toBe(Math.ceil(firsts.length / 10));
    for (const repeat of repeats) {
      const [first] = firsts.filter(({ idempotencyKey }) => idempotencyKey === repeat.idempotencyKey);
      expect(first).toEqual({ ...repeat, isRepeat: false, dueMs: expect.any(Number) });
      expect([0, 1_500]).toContain(Math.round(repeat.dueMs - (first?.dueMs ?? 0)));
    }
    const atOnce = repeats.filter((repeat) =>
      firsts.some((first) => first.idempotencyKey === repeat.idempotencyKey && first.dueMs === repeat.dueMs),
    );
    expect(Math.abs(atOnce.length - repeats.length / 2)).toBeLessThanOrEqual(1);
  });

  it('gives each wish a key of its own', () => {
    expect(new Set(firsts.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(firsts.length);
  });

  it('arrives in order of time, growing to the rate that was asked for', () => {
    const between = (fromMs: number, toMs: number): number => asks.filter(({ dueMs }) => dueMs >= fromMs && dueMs < toMs).length;
    expect(asks.every(({ dueMs }, at) => at === 0 || dueMs >= (asks[at - 1]?.dueMs ?? 0))).toBe(true);
    // An eighth of what the full rate brings in the first half of the ramp, three eighths in the second.
    const full = (1_200 * RAMP_MS) / 1_000;
    expect(Math.abs(between(0, RAMP_MS / 2) / full - 1 / 8)).toBeLessThan(0.03);
    expect(Math.abs(between(RAMP_MS / 2, RAMP_MS) / full - 3 / 8)).toBeLessThan(0.03);
    expect(Math.abs(between(RAMP_MS + 1_000, RAMP_MS + 2_000) - 1_200)).toBeLessThan(50);
  });

  it('is the same for the same seed', () => {
    expect(planAsks(skus, 1_200, seededRandom(1))).toEqual(asks);
    expect(planAsks(skus, 1_200, seededRandom(2))).not.toEqual(asks);
  });
});
