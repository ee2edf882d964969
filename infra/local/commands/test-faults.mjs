import { testCommand } from './test.mjs';

/**
 * With `--full` as many faults as docs promise, otherwise few, for every change. One file after the other: each takes the whole machine.
 * @param {string[]} args for jest
 * @returns {Promise<number>}
 */
export function testFaultsCommand(args) {
  if (args.includes('--full')) process.env.FAULT_FULL = '1';
  return testCommand(['--runInBand', ...args.filter((arg) => arg !== '--full')], 'faults');
}
