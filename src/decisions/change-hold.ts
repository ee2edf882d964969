import type { Command } from '../domain/command.js';
import { commandIdFor, type ReservationId } from '../domain/ids.js';
import type { HoldAnswer, HoldRequest, Submit } from '../ports/decisions.js';
import type { ReservationView } from '../ports/hints.js';
import type { Clock, Random } from '../ports/runtime.js';

export interface ChangeHoldDependencies {
  readonly submit: Submit;
  /** PostgreSQL's word. */
  readonly decided: (id: ReservationId) => Promise<ReservationView | null>;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'uuid'>;
}

/** Confirms, cancels or extends: through the log, in the order in which it was asked, also where the reservation itself is still QUEUED. */
export function createChangeHold({ submit, decided, clock, random }: ChangeHoldDependencies) {
  return async (request: HoldRequest, signal: AbortSignal): Promise<HoldAnswer> => {
    const answer = await submit(commandOf(request, clock.now(), random.uuid()), request.waitMs, signal);
    if (answer.kind === 'unavailable') return answer;
    if (answer.kind === 'pending') return { kind: 'pending' };
    // Not the hint: it may still be the one from before the decision.
    const reservation = await decided(request.reservation.reservationId);
    if (answer.reason !== null) return { kind: 'refused', reason: answer.reason, reservation };
    if (reservation === null) throw new Error(`the reservation ${request.reservation.reservationId} has a decision and no row`);
    return { kind: 'applied', replayed: answer.outcome === 'DUPLICATE', reservation };
  };
}

function commandOf({ reservation, change, correlationId }: HoldRequest, timestamp: number, uuid: string): Command {
  const { reservationId, skuId, issuer, userId } = reservation;
  const base = { reservationId, skuId, issuer, userId, correlationId, timestamp };
  switch (change.type) {
    case 'confirm':
      return { type: 'confirm', commandId: commandIdFor(skuId, ['confirm', uuid]), ...base, paymentReference: change.paymentReference };
    case 'cancel':
      return { type: 'cancel', commandId: commandIdFor(skuId, ['cancel', uuid]), ...base };
    case 'extend': {
      const { seconds, idempotencyKey: key } = change;
      const parts = key === null ? ['extend', uuid] : ['extend', issuer, userId, reservationId, key, String(seconds)];
      return { type: 'extend', commandId: commandIdFor(skuId, parts), ...base, seconds };
    }
  }
}
