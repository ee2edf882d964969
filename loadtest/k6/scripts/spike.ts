/** The doors open: from nothing to the peak within a second, and everybody wants the same SKU. */
import { loadOf, optionsOf } from './sale/load.ts';
import { prepare } from './sale/prepare.ts';
import { reserve } from './sale/reserve.ts';
import { summarize } from './sale/summary.ts';

const load = loadOf({ ratePerSecond: 1_500, rampSeconds: 1, holdSeconds: 20, hotShare: 1 });

export const options = optionsOf(load);
export const setup = () => prepare(load);
export default reserve;
export const handleSummary = summarize;
