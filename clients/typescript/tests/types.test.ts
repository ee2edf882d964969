import type { z } from 'zod';
import { PROBLEM_CODES as SERVED_CODES } from '../../../src/http/problem-table.js';
import type { queuedReservationSchema, reservationSchema } from '../../../src/http/reservation-json.js';
import type { availabilitySchema } from '../../../src/http/routes/skus.js';
import { type Availability, PROBLEM_CODES, type QueuedReservation, type Reservation } from '../src/flashsale.js';

/** True where each is assignable to the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

test("the types are those of the service's schemas, or this does not compile", () => {
  const same: [
    Same<Reservation, z.output<typeof reservationSchema>>,
    Same<QueuedReservation, z.output<typeof queuedReservationSchema>>,
    Same<Availability, z.output<typeof availabilitySchema>>,
  ] = [true, true, true];
  expect(same).not.toContain(false);
});

test('every code of the service is known', () => {
  expect([...PROBLEM_CODES].sort()).toEqual([...SERVED_CODES].sort());
});
