import { createHash } from 'node:crypto';
import type { Command, HoldCommand, ReserveCommand } from './command.js';
import type { Decision, LedgerEntry } from './decision.js';
import type { Millis } from './ids.js';
import type { Stock } from './stock.js';

/**
 * A decision as one line: a JSON array, since names would double the ledger.
 * `[offset, type, commandId, outcome, reason, ...]`, and then
 *
 * - reserve that made a row: `issuer, userId, quantity, queuedAt, decideBy, expiresAt`, and `appendedAt` where the sale's window refused it;
 *   one that refused the record only (key reused, no quantity): `issuer, userId, quantity`
 * - confirm: `reservationId, issuer, userId, paymentReference`; cancel: `reservationId, issuer, userId`;
 *   extend: `reservationId, issuer, userId, seconds asked for, expiresAt` as it is now; expire: `reservationId`
 * - configure: `issuer, userId, ifMatch, total`, and then all settings as they are from now on, or what was asked for where it was refused
 * - adjust: `issuer, userId, delta, reason`
 *
 * A repeat adds nothing but the reservation of a confirm, cancel, extend or expire. A RESERVED hold that is refused as RESERVATION_EXPIRED
 * is EXPIRED by that line. Whatever a row holds can be rebuilt from the lines and their entries.
 */
export function encodeDecision(decision: Decision): string {
  const { record, outcome, reason } = decision;
  const { command, offset } = record;
  // Written out: JSON.stringify takes three times as long, and ids, issuers, users and references can hold nothing that it would escape.
  const head = `[${offset},"${command.type}","${command.commandId}","${outcome}",${reason === null ? 'null' : `"${reason}"`}`;
  switch (command.type) {
    case 'reserve':
      return outcome === 'DUPLICATE' ? `${head}]` : `${head},${by(command)},${command.quantity}${rest(decision, command)}]`;
    case 'confirm':
    case 'cancel':
    case 'extend':
    case 'expire':
      return `${head},"${command.reservationId}"${outcome === 'DUPLICATE' ? '' : asked(decision, command)}]`;
    case 'configure':
      if (outcome === 'DUPLICATE') return `${head}]`;
      return `${head},${by(command)},${JSON.stringify(command.ifMatch)},${command.total},${JSON.stringify(decision.settings ?? command.change)}]`;
    case 'adjust':
      return outcome === 'DUPLICATE' ? `${head}]` : `${head},${by(command)},${command.delta},${JSON.stringify(command.reason)}]`;
  }
}

const by = ({ issuer, userId }: Command): string => `"${issuer}","${userId}"`;

/** Of a reserve that was decided: what its row holds beside. */
function rest({ record, reason, reservation }: Decision, command: ReserveCommand): string {
  if (reason === 'KEY_REUSED' || reason === 'INVALID_QUANTITY') return '';
  // The broker's time decided it, and the log forgets: without it nobody could check the refusal later.
  const window = reason === 'SALE_NOT_OPEN' || reason === 'SALE_CLOSED' ? `,${record.appendedAt}` : '';
  return `,${command.timestamp},${command.decideBy},${reservation?.expiresAt ?? null}${window}`;
}

function asked({ reservation }: Decision, command: HoldCommand): string {
  switch (command.type) {
    case 'confirm':
      return `,${by(command)},"${command.paymentReference}"`;
    case 'cancel':
      return `,${by(command)}`;
    case 'extend':
      return `,${by(command)},${command.seconds},${reservation?.expiresAt ?? null}`;
    case 'expire':
      return '';
  }
}

/** SHA-256 in hex over the fields of an entry, one a line, the decisions last. No field but the decisions can hold a line feed. */
export function entryHash(entry: Omit<LedgerEntry, 'hash'>): string {
  const { previousHash, skuId, partition, firstSequence, lastSequence, firstOffset, lastOffset, now, decisions } = entry;
  const head = [previousHash, skuId, partition, firstSequence, lastSequence, firstOffset, lastOffset, now].join('\n');
  return createHash('sha256').update(`${head}\n${decisions}`).digest('hex');
}

/** The entry that takes `before` to the state after these decisions (at least one, in sequence order). */
export function ledgerEntry(before: Stock, decisions: readonly Decision[], now: Millis): LedgerEntry {
  const first = decisions[0];
  const last = decisions.at(-1);
  if (first === undefined || last === undefined) throw new Error('a ledger entry needs at least one decision');
  const body = {
    skuId: before.skuId,
    partition: before.partition,
    firstSequence: first.sequence,
    lastSequence: last.sequence,
    firstOffset: first.record.offset,
    lastOffset: last.record.offset,
    now,
    decisions: decisions.map(encodeDecision).join('\n'),
    previousHash: before.headHash,
  };
  return { ...body, hash: entryHash(body) };
}
