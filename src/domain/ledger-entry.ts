import { createHash } from 'node:crypto';
import type { Decision, LedgerEntry } from './decision.js';
import type { Millis } from './ids.js';
import type { Stock } from './stock.js';

/**
 * A decision as one line: a JSON array, since names would double the ledger.
 * `[offset, type, commandId, outcome, reason, ...]`; a reserve that made a row adds
 * `issuer, userId, quantity, queuedAt, decideBy, expiresAt`, and `appendedAt` where the sale's window refused it; a reserve refused as reused adds
 * only `issuer, userId, quantity`; a configure adds `issuer, userId, ifMatch, total`, and then all settings as they are from now on, or what was
 * asked for where it was refused. A repeat adds nothing. Whatever a row holds can be rebuilt from the line and its entry.
 */
export function encodeDecision({ record, outcome, reason, reservation, settings }: Decision): string {
  const { command, offset } = record;
  // Written out: JSON.stringify takes three times as long, and ids, issuers and users can hold nothing that it would escape.
  const head = `[${offset},"${command.type}","${command.commandId}","${outcome}",${reason === null ? 'null' : `"${reason}"`}`;
  if (outcome === 'DUPLICATE') return `${head}]`;
  const by = `"${command.issuer}","${command.userId}"`;
  switch (command.type) {
    case 'reserve': {
      const asked = `${head},${by},${command.quantity}`;
      if (reason === 'KEY_REUSED') return `${asked}]`;
      // The broker's time decided it, and the log forgets: without it nobody could check the refusal later.
      const window = reason === 'SALE_NOT_OPEN' || reason === 'SALE_CLOSED' ? `,${record.appendedAt}` : '';
      return `${asked},${command.timestamp},${command.decideBy},${reservation?.expiresAt ?? null}${window}]`;
    }
    case 'configure':
      return `${head},${by},${command.ifMatch},${command.total},${JSON.stringify(settings ?? command.change)}]`;
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
