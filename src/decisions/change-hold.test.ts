import { aRow, NOW } from '../../test/support/domain.js';
import type { Command } from '../domain/command.js';
import { idBelongsTo, type Offset } from '../domain/ids.js';
import type { CommandAnswer, HoldChange } from '../ports/decisions.js';
import type { DecidedCommand } from '../ports/store.js';
import { createChangeHold } from './change-hold.js';
import { createSubmit } from './submit.js';

const ROW = aRow();
const { signal } = new AbortController();
const PENDING: CommandAnswer = { kind: 'pending', appended: { partition: 0, offset: 40 as Offset } };
const decided = (outcome: 'CONFIRMED' | 'DUPLICATE' | 'EXTENDED'): CommandAnswer => ({ kind: 'decided', outcome, reason: null });
const CONFIRM: HoldChange = { type: 'confirm', paymentReference: 'pi_1' };

describe('a change of a hold', () => {
  function desk(answer: CommandAnswer, stored: typeof ROW | null = ROW) {
    const submitted: Command[] = [];
    let ids = 0;
    const change = createChangeHold({
      submit: async (command, waitMs) => {
        expect(waitMs).toBe(2_000);
        submitted.push(command);
        return answer;
      },
      decided: async (id) => (id === ROW.reservationId ? stored : null),
      clock: { now: () => NOW },
      random: { uuid: () => `uuid-${++ids}` },
    });
    const ask = (asked: HoldChange) => change({ reservation: ROW, change: asked, waitMs: 2_000, correlationId: 'c' }, signal);
    return { ask, submitted };
  }

  it('is published in the name of the buyer whose reservation it is', async () => {
    const { ask, submitted } = desk(decided('CONFIRMED'));
    await ask(CONFIRM);
    await ask({ type: 'cancel' });
    await ask({ type: 'extend', seconds: 60, idempotencyKey: null });
    const { reservationId, skuId, issuer, userId } = ROW;
    const base = { reservationId, skuId, issuer, userId, correlationId: 'c', timestamp: NOW };
    expect(submitted).toMatchObject([
      { type: 'confirm', ...base, paymentReference: 'pi_1' },
      { type: 'cancel', ...base },
      { type: 'extend', ...base, seconds: 60 },
    ]);
    for (const { commandId } of submitted) expect(idBelongsTo(commandId, skuId)).toBe(true);
  });

  it('is a command of its own each time, but for an extend with a key', async () => {
    const { ask, submitted } = desk(decided('EXTENDED'));
    const extend = (idempotencyKey: string | null, seconds: number | null = null): HoldChange => ({
      type: 'extend',
      seconds,
      idempotencyKey,
    });
    for (const asked of [CONFIRM, CONFIRM, extend(null), extend(null), extend('k1'), extend('k2')]) await ask(asked);
    expect(new Set(submitted.map(({ commandId }) => commandId)).size).toBe(6);
    await ask(extend('k1'));
    expect(submitted.at(-1)?.commandId).toBe(submitted[4]?.commandId);
    // Other seconds are another wish: told to be done, the buyer would count on time that nobody gave.
    await ask(extend('k1', 60));
    expect(submitted.at(-1)?.commandId).not.toBe(submitted[4]?.commandId);
  });

  it('is answered with the reservation as the database has it', async () => {
    expect(await desk(decided('CONFIRMED')).ask(CONFIRM)).toEqual({ kind: 'applied', replayed: false, reservation: ROW });
    expect(await desk(decided('DUPLICATE')).ask(CONFIRM)).toEqual({ kind: 'applied', replayed: true, reservation: ROW });
    const refused: CommandAnswer = { kind: 'decided', outcome: 'REFUSED', reason: 'ALREADY_CANCELLED' };
    expect(await desk(refused).ask(CONFIRM)).toEqual({ kind: 'refused', reason: 'ALREADY_CANCELLED', reservation: ROW });
    expect(await desk(refused, null).ask(CONFIRM)).toMatchObject({ kind: 'refused', reservation: null });
    await expect(desk(decided('CONFIRMED'), null).ask(CONFIRM)).rejects.toThrow('no row');
  });

  it('is pending or unavailable without a look at the database', async () => {
    expect(await desk(PENDING, null).ask(CONFIRM)).toEqual({ kind: 'pending' });
    expect(await desk({ kind: 'unavailable', retryAfterMs: 5 }, null).ask(CONFIRM)).toEqual({ kind: 'unavailable', retryAfterMs: 5 });
  });
});

describe('a command that is submitted', () => {
  const { skuId } = ROW;
  const command = { type: 'cancel', skuId } as Command;

  function submitting(publish: () => Promise<{ partition: number; offset: Offset }>, decision: DecidedCommand | null = null) {
    const asked: unknown[] = [];
    const submit = createSubmit({
      publish,
      watch: async (...question) => {
        asked.push(question);
        return decision;
      },
    });
    return { answer: submit(command, 2_000, signal), asked };
  }
  const acknowledged = async () => ({ partition: 0, offset: 40 as Offset });

  it('is answered by what the ledger says of its own offset', async () => {
    const { answer, asked } = submitting(acknowledged, { outcome: 'REFUSED', reason: 'NOT_RESERVED', sequence: 4 });
    expect(await answer).toEqual({ kind: 'decided', outcome: 'REFUSED', reason: 'NOT_RESERVED' });
    expect(asked).toEqual([[{ skuId, offset: 40 }, 2_000, signal]]);
  });

  it('is pending when it is in the log and not decided in time', async () => {
    expect(await submitting(acknowledged).answer).toEqual(PENDING);
  });

  it('is unavailable, never refused, when the log does not acknowledge it', async () => {
    const { answer, asked } = submitting(() => Promise.reject(new Error('ambiguous')));
    expect(await answer).toEqual({ kind: 'unavailable', retryAfterMs: 1_000 });
    expect(asked).toEqual([]);
  });
});
