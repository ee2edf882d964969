import { getEventListeners } from 'node:events';
import { ID, reservation, reserved, SKU } from '../../../src/http/fixtures/services.js';
import { gate } from '../../../test/support/memory-clock.js';
import { closeAll, rejectionOf, type Served, served } from './support/served.js';

afterEach(closeAll);

const ASK = { skuId: SKU, userId: 'alice' };
const REASON = new Error('the buyer has left the page');
const found = (view = reserved()) => ({ readReservation: async () => ({ kind: 'found', reservation: view }) as const });

type Run = (stand: Served, signal: AbortSignal) => Promise<unknown>;

/** Opens the gate when the server waits, and waits for the client to leave. */
const heldAt =
  (reached: { open(): void }, left: { open(): void }) =>
  (...args: readonly unknown[]): Promise<never> => {
    const signal = args.at(-1) as AbortSignal;
    signal.addEventListener('abort', () => left.open());
    reached.open();
    return new Promise(() => undefined);
  };

describe('an abort ends at once, with the reason of the signal and nothing left waiting:', () => {
  test.each<[string, Run]>([
    ['the wait for a decision in the first answer', ({ client }, signal) => client.reserve(ASK, { signal })],
    ['the wait for a decision', ({ client }, signal) => client.decided(ID, { signal })],
    ['the wait for a confirm', ({ client }, signal) => client.confirm(ID, 'pi_1', { signal })],
    ['the wait for a cancel', ({ client }, signal) => client.cancel(ID, { signal })],
    ['the wait for an extend', ({ client }, signal) => client.extend(ID, { signal })],
  ])('%s', async (_, run) => {
    const [reached, left] = [gate(), gate()];
    const held = heldAt(reached, left);
    const decided = _.includes('decision') ? reservation() : reserved();
    const stand = await served({ ...found(decided), waitForDecision: held, changeHold: held });
    const aborting = new AbortController();
    const error = rejectionOf(run(stand, aborting.signal));
    await reached.promise;
    aborting.abort(REASON);
    expect(await error).toBe(REASON);
    // The server has seen it too: nobody is waited for who has left.
    await left.promise;
    expect(stand.runtime.waiting).toBe(0);
  });

  test.each<[string, Run]>([
    ['reserve', ({ client }, signal) => client.reserve(ASK, { signal })],
    ['submit', ({ client }, signal) => client.submit(ASK, { signal })],
    ['get', ({ client }, signal) => client.get(ID, { signal })],
    ['confirm', ({ client }, signal) => client.confirm(ID, 'pi_1', { signal })],
    ['list', ({ client }, signal) => client.list({}, { signal }).next()],
    ['availability', ({ client }, signal) => client.availability(SKU, { signal })],
    ['watch', ({ client }, signal) => client.watch(ID, { signal }).next()],
  ])('the pause before %s is tried again', async (_, run) => {
    const stand = await served({
      accept: async () => ({ kind: 'unavailable', retryAfterMs: 1_000 }),
      readReservation: async () => ({ kind: 'unknown', retryAfterMs: 1_000 }),
      listReservations: () => Promise.reject(new Error('away')),
      availability: () => Promise.reject(new Error('away')),
    });
    stand.runtime.holds = true;
    const aborting = new AbortController();
    const error = rejectionOf(run(stand, aborting.signal));
    while (stand.runtime.pauses.length === 0) await new Promise((resolve) => setImmediate(resolve));
    aborting.abort(REASON);
    expect(await error).toBe(REASON);
    expect([stand.runtime.waiting, stand.requests.length]).toEqual([0, 1]);
  });

  test('the pause between two polls', async () => {
    const stand = await served(found(reservation()));
    stand.runtime.holds = true;
    const aborting = new AbortController();
    const error = rejectionOf(stand.client.decided(ID, { signal: aborting.signal }));
    while (stand.runtime.pauses.length === 0) await new Promise((resolve) => setImmediate(resolve));
    aborting.abort(REASON);
    expect(await error).toBe(REASON);
    expect(stand.runtime.waiting).toBe(0);
  });

  test('an open stream', async () => {
    const stand = await served(found());
    const aborting = new AbortController();
    const watched = stand.client.watch(ID, { signal: aborting.signal });
    await watched.next();
    const error = rejectionOf(watched.next());
    aborting.abort(REASON);
    expect(await error).toBe(REASON);
    expect([stand.runtime.waiting, stand.requests.length]).toEqual([0, 1]);
  });

  test('one that was aborted before: nothing is sent', async () => {
    const stand = await served(found());
    const signal = AbortSignal.abort(REASON);
    expect(await rejectionOf(stand.client.reserve(ASK, { signal }))).toBe(REASON);
    expect(await rejectionOf(stand.client.watch(ID, { signal }).next())).toBe(REASON);
    expect(stand.requests).toEqual([]);
  });

  test.each<[string, Run]>([
    ['reserve', ({ client }, signal) => client.reserve(ASK, { signal })],
    ['confirm', ({ client }, signal) => client.confirm(ID, 'pi_1', { signal })],
    ['list', ({ client }, signal) => client.list({}, { signal }).next()],
    ['watch', ({ client }, signal) => client.watch(ID, { signal }).next()],
  ])('a token that %s waits for', async (_, run) => {
    const asked = gate();
    const token = (): Promise<string> => {
      asked.open();
      return new Promise(() => undefined);
    };
    const stand = await served(found(), { token });
    const aborting = new AbortController();
    const error = rejectionOf(run(stand, aborting.signal));
    await asked.promise;
    aborting.abort(REASON);
    expect(await error).toBe(REASON);
    expect([stand.runtime.waiting, stand.requests, getEventListeners(aborting.signal, 'abort')]).toEqual([0, [], []]);
  });
});
