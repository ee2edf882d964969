import { coalesce } from '../batching/coalesce.js';
import type { ReserveCommand } from '../domain/command.js';
import { buyerKey, type CommandId, idempotencyKeyHash, reservationIdFor, type SkuId } from '../domain/ids.js';
import { partitionOf } from '../domain/partition-hash.js';
import type { Accept, ReserveRequest } from '../ports/admission.js';
import type { AdmissionRequest, HintCache, Progress, Queued, ReservationView } from '../ports/hints.js';
import type { Appended } from '../ports/log.js';
import type { Clock } from '../ports/runtime.js';
import type { Admission } from './admit.js';
import { queuePlace } from './queue-place.js';
import type { QueueWatch } from './queue-watch.js';

/** Told to a buyer whose request the log did not acknowledge: brokers elect a new leader within this, usually. */
const RETRY_AFTER_MS = 1_000;
const MAX_MARKS_PER_CALL = 256;

export interface AcceptDependencies {
  readonly clock: Clock;
  readonly decideByMs: number;
  /** A longer wait for a decision is not begun. */
  readonly maxQueueMs: number;
  readonly partitionCount: number;
  readonly queue: Pick<QueueWatch, 'appended' | 'waitMs'>;
  readonly isKnownSku: (skuId: SkuId) => Promise<boolean>;
  readonly admit: Admission;
  /** @throws when it is not certain that the command is in the log */
  readonly publish: (command: ReserveCommand) => Promise<Appended>;
  readonly cache: Pick<HintCache, 'queued'>;
  readonly guarded: <T>(call: () => Promise<T>) => Promise<T>;
  /** What a hint says, or what PostgreSQL knows where the hint may be old. */
  readonly latest: (view: ReservationView) => Promise<ReservationView>;
}

/** Takes requests into the log: is the SKU known, may it enter, published and acknowledged. Stock is not looked at: the writer decides. */
export function createAccept(deps: AcceptDependencies): Accept {
  const markQueued = coalesce<Queued, Progress | undefined>({
    maxItems: MAX_MARKS_PER_CALL,
    maxInFlight: 4,
    run: async (entries) => {
      const progress = await deps.guarded(() => deps.cache.queued(entries));
      return entries.map(({ appended }) => progress.get(appended.partition));
    },
  });

  return async (request) => {
    if (!(await deps.isKnownSku(request.skuId))) return { kind: 'refused', reason: 'UNKNOWN_SKU', retryAfterMs: null };
    const command = reserveCommand(request, deps.clock.now(), deps.decideByMs);
    const excessMs = (deps.queue.waitMs(partitionOf(request.skuId, deps.partitionCount)) ?? 0) - deps.maxQueueMs;
    const { standing, ...answer } = await deps.admit(admissionRequest(command, excessMs > 0));
    const rate = standing && { standing };
    if (answer.kind === 'known') return { kind: 'replayed', reservation: await asItIs(answer.reservation, deps), ...rate };
    if (answer.kind === 'too-long') return { kind: 'too-long', retryAfterMs: Math.max(RETRY_AFTER_MS, excessMs), ...rate };
    if (answer.kind !== 'admitted') return { ...answer, ...rate };
    let appended: Appended;
    try {
      appended = await deps.publish(command);
    } catch {
      return { kind: 'unavailable', retryAfterMs: RETRY_AFTER_MS, ...rate };
    }
    deps.queue.appended(appended);
    const reservation = queuedView(command);
    // Before the answer, so that whoever asks right after it is told QUEUED; without Redis nobody is kept waiting for it.
    const progress = await markQueued({ view: reservation, appended }).catch(() => undefined);
    return { kind: 'queued', reservation, queue: queuePlace(appended, progress), appended, ...rate };
  };
}

/** Of a hold. A request that is still waiting is not looked up: many repeat theirs while the queue is long. */
async function asItIs(hint: ReservationView, { latest }: AcceptDependencies): Promise<ReservationView> {
  return hint.status === 'RESERVED' ? await latest(hint) : hint;
}

function reserveCommand(
  { principal, idempotencyKey, skuId, quantity, correlationId }: ReserveRequest,
  now: number,
  decideByMs: number,
): ReserveCommand {
  const keyHash = idempotencyKeyHash(principal, idempotencyKey);
  const reservationId = reservationIdFor(skuId, principal, keyHash);
  return {
    type: 'reserve',
    commandId: reservationId as string as CommandId,
    reservationId,
    skuId,
    issuer: principal.issuer,
    userId: principal.userId,
    quantity,
    idempotencyKeyHash: keyHash,
    correlationId,
    timestamp: now,
    decideBy: now + decideByMs,
  };
}

function admissionRequest(command: ReserveCommand, isQueueTooLong: boolean): AdmissionRequest {
  const { reservationId, idempotencyKeyHash: keyHash, skuId, quantity, issuer, userId } = command;
  // No issuer holds a space.
  return { reservationId, keyHash, skuId, quantity, buyer: buyerKey({ issuer, userId }), isQueueTooLong };
}

function queuedView({ reservationId, skuId, issuer, userId, quantity, timestamp, decideBy }: ReserveCommand): ReservationView {
  return {
    reservationId,
    skuId,
    issuer,
    userId,
    quantity,
    status: 'QUEUED',
    reason: null,
    sequence: null,
    version: 0,
    queuedAt: timestamp,
    decideBy,
    decidedAt: null,
    expiresAt: null,
    confirmedAt: null,
    paymentReference: null,
  };
}
