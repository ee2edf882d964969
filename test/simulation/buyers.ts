import type { ReservationId, SkuId } from '../../src/domain/ids.js';
import type { ReservationView } from '../../src/ports/hints.js';
import { principal } from '../support/domain.js';
import { holdOf } from '../support/whole-lives.js';
import type { PlannedBuyer } from './plan.js';
import type { Prng } from './prng.js';
import type { Front } from './service.js';
import type { World } from './world.js';

/** What was told to somebody outside. */
export interface Told {
  /** 202: in the log for certain. */
  readonly accepted: Set<ReservationId>;
  /** What the service said that it must not say. */
  readonly lies: string[];
}

export interface BuyerEdges {
  readonly world: World;
  /** This buyer's own. */
  readonly random: Prng;
  /** An API process that is up; null while there is none. */
  readonly front: () => Front | null;
  /** What the database holds of it at this moment. */
  readonly truth: (id: ReservationId) => ReservationView | undefined;
  readonly told: Told;
}

const GIVES_UP_AFTER_MS = 3_000;

/**
 * Somebody who wants a unit: asks, asks again with the same key where no answer came, looks now and then what became of it, and pays,
 * gives up or takes more time. The life of a buyer is the world's: no process's death ends it.
 */
export async function buy(edges: BuyerEdges, { sku, user, key, quantity }: PlannedBuyer): Promise<void> {
  const { random, told } = edges;
  const request = { principal: principal(user), idempotencyKey: key, skuId: sku as SkuId, quantity, correlationId: 'c' };
  let id: ReservationId | null = null;
  for (let tries = 0; tries < 6; tries += 1) {
    const accepted = await answer(edges, ({ accept }) => accept(request));
    if (accepted?.kind === 'refused') return;
    if (accepted?.kind === 'queued' || accepted?.kind === 'replayed') {
      const { reservation } = accepted;
      if (id !== null && id !== reservation.reservationId)
        told.lies.push(`the same key of ${user} is ${id} and ${reservation.reservationId}`);
      id = reservation.reservationId;
      if (accepted.kind === 'queued') told.accepted.add(id);
      else heard(edges, reservation);
      // Some ask again though they have an answer.
      if (random.chance(0.8)) break;
    }
    await rest(edges, random.between(20, 600));
  }
  if (id === null) return;
  // Some never come back: what they hold is for the sweep.
  if (random.chance(0.3)) return;
  for (let looks = 0; looks < 8; looks += 1) {
    const wanted = id;
    const view = await answer(edges, ({ reader }) => reader.find(wanted));
    if (view?.kind === 'absent' && told.accepted.has(id)) told.lies.push(`${id} was accepted and is said not to exist`);
    if (view?.kind === 'found') heard(edges, view.reservation);
    if (view?.kind === 'found' && view.reservation.status === 'RESERVED') await live(edges, sku, user, key);
    if (view?.kind === 'found' && !['QUEUED', 'RESERVED'].includes(view.reservation.status)) return;
    await rest(edges, random.between(30, 900));
  }
}

/** Pays, gives up, or wants more time; sometimes several at once, sometimes nothing. */
async function live(edges: BuyerEdges, sku: string, user: string, key: string): Promise<void> {
  const { random } = edges;
  const wishes = random.shuffle(['confirm', 'cancel', 'extend', 'expire'] as const).slice(0, random.between(0, 2));
  await Promise.all(
    wishes.map((wish) =>
      answer(edges, ({ publish }) => publish(holdOf(sku, wish, user, { key, nonce: wish, detail: random.between(0, 1) }))),
    ),
  );
}

/** Nothing may be told before it is committed (I11). */
function heard({ truth, told }: BuyerEdges, view: ReservationView): void {
  if (view.status === 'QUEUED') return;
  const row = truth(view.reservationId);
  if (row === undefined || row.version < view.version || (row.version === view.version && row.status !== view.status))
    told.lies.push(`${view.reservationId} was told to be ${view.status}, and is ${row?.status ?? 'nothing'}`);
}

/** Asks an API process; null where none is up, it does not answer in time, or says that it cannot. */
async function answer<T>(edges: BuyerEdges, ask: (front: Front) => Promise<T>): Promise<T | null> {
  const { world } = edges;
  const front = edges.front();
  if (front === null) return null;
  return await new Promise<T | null>((resolve) => {
    world.later(
      0,
      () =>
        ask(front).then(
          (given) => world.later(0, () => resolve(given), null),
          () => world.later(0, () => resolve(null), null),
        ),
      front.process,
    );
    world.later(GIVES_UP_AFTER_MS, () => resolve(null), null);
  });
}

const rest = ({ world }: BuyerEdges, ms: number): Promise<void> => new Promise((resolve) => void world.later(ms, resolve, null));
