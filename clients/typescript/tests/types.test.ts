import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { confirmed, rejected, reservation, reserved } from '../../../src/http/fixtures/services.js';
import { PROBLEM_CODES as SERVED_CODES } from '../../../src/http/problem-table.js';
import { type queuedReservationSchema, reservationJson, type reservationSchema } from '../../../src/http/reservation-json.js';
import type { availabilitySchema } from '../../../src/http/routes/skus.js';
import {
  type Availability,
  type FlashsaleClient,
  isFinal,
  PROBLEM_CODES,
  type QueuedReservation,
  type RejectionReason,
  type Reservation,
  type ReservationStatus,
} from '../src/flashsale.js';

/** True where each is assignable to the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** A union as one object: each member as it is in any of its states. */
type Flat<Union> = Pick<Union, keyof Union>;
type In<Status extends ReservationStatus> = Extract<Reservation, { readonly status: Status }>;
type Resolved<Call extends keyof FlashsaleClient> = Awaited<ReturnType<FlashsaleClient[Call]>>;

test("the types are those of the service's schemas, or this does not compile", () => {
  const same: [
    Same<Flat<Reservation>, z.output<typeof reservationSchema>>,
    Same<Omit<QueuedReservation, 'status'>, Omit<z.output<typeof queuedReservationSchema>, 'status'>>,
    Same<QueuedReservation['status'], 'QUEUED'>,
    Same<Availability, z.output<typeof availabilitySchema>>,
  ] = [true, true, true, true];
  expect(same).not.toContain(false);
});

test('what is known in a state needs no cast, or this does not compile', () => {
  const known: [
    Same<In<'RESERVED' | 'CANCELLED' | 'EXPIRED'>['expiresAt'], string>,
    Same<In<'CONFIRMED'>['expiresAt' | 'confirmedAt' | 'paymentReference'], string>,
    Same<In<'REJECTED'>['reason'], RejectionReason>,
    Same<Exclude<Reservation, { readonly status: 'QUEUED' }>['decidedAt'], string>,
    Same<Exclude<Reservation, { readonly status: 'QUEUED' }>['sequence'], number>,
    Same<Extract<Resolved<'submit'>, { readonly status: 'QUEUED' }>['queue'], QueuedReservation['queue']>,
    Same<Resolved<'reserve' | 'confirm' | 'cancel' | 'extend'>['status'], 'RESERVED' | 'CONFIRMED' | 'CANCELLED' | 'EXPIRED'>,
    Same<Resolved<'reserve'>['expiresAt'], string>,
    Same<Resolved<'decided'>['status'], Exclude<ReservationStatus, 'QUEUED'>>,
  ] = [true, true, true, true, true, true, true, true, true];
  expect(known).not.toContain(false);

  const told = (one: Reservation): string => {
    switch (one.status) {
      case 'QUEUED':
        return one.decideBy;
      case 'REJECTED':
        return one.reason;
      case 'CONFIRMED':
        return one.paymentReference;
      case 'RESERVED':
      case 'CANCELLED':
      case 'EXPIRED':
        return one.expiresAt;
      default:
        return `unknown: ${(one satisfies never as Reservation).status}`;
    }
  };
  const jsonOf = (view: Parameters<typeof reservationJson>[0]) => JSON.parse(JSON.stringify(reservationJson(view))) as Reservation;
  expect([reserved(), confirmed(), rejected(), reservation()].map((view) => told(jsonOf(view)))).toEqual([
    '2030-01-31T18:10:00.012Z',
    'pi_1',
    'SOLD_OUT',
    '2030-01-31T18:00:30.000Z',
  ]);
});

test('the database holds the service to it', () => {
  const schema = readFileSync('db/schema.sql', 'utf8');
  expect(schema).toContain("reservations_held CHECK (((status = 'REJECTED'::text) = (expires_at IS NULL)))");
  expect(schema).toContain("reservations_reason CHECK (((status = 'REJECTED'::text) = (reason IS NOT NULL)))");
  expect(schema).toContain(
    "reservations_confirmed CHECK ((((status = 'CONFIRMED'::text) = (confirmed_at IS NOT NULL)) AND ((confirmed_at IS NULL) = (payment_reference IS NULL))))",
  );
});

test('a state of a newer service is not taken for the last one', () => {
  const states = ['QUEUED', 'RESERVED', 'REJECTED', 'CONFIRMED', 'CANCELLED', 'EXPIRED', 'RETURNED', 'constructor'];
  expect(states.filter((status) => isFinal({ status: status as ReservationStatus }))).toEqual([
    'REJECTED',
    'CONFIRMED',
    'CANCELLED',
    'EXPIRED',
  ]);
});

test('every code of the service is known', () => {
  expect([...PROBLEM_CODES].sort()).toEqual([...SERVED_CODES].sort());
});
