import { type Digest, digestOf } from './digest.js';

/** What a reservation is from its first decision on. Times are epoch milliseconds. */
export interface Made {
  readonly issuer: string;
  readonly userId: string;
  readonly quantity: number;
  readonly reason: string | null;
  readonly sequence: number;
  readonly queuedAt: number;
  readonly decideBy: number;
  readonly decidedAt: number;
}

/** None of the ledger's texts can hold a line feed, so no two reservations give the same text. */
export const digestOfMade = ({ issuer, userId, quantity, reason, sequence, queuedAt, decideBy, decidedAt }: Made): Digest =>
  digestOf(`${issuer}\n${userId}\n${quantity}\n${reason}\n${sequence}\n${queuedAt}\n${decideBy}\n${decidedAt}`);
