import { randomInt } from 'node:crypto';

const isFull = process.env.FAULT_FULL === '1';

/** As often as docs promise with `--full`, otherwise few, for every change. */
export const often = <T>(few: T, full: T): T => (isFull ? full : few);

/** FAULT_SEED replays what a run has printed, as far as chance is the test's own: the machine has its say too. */
export const seed = Number(process.env.FAULT_SEED ?? randomInt(2 ** 31));
