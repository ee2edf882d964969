/** A long day: half an hour at a moderate rate, in which what grows would show. */
import { loadOf, optionsOf } from './sale/load.ts';
import { prepare } from './sale/prepare.ts';
import { reserve } from './sale/reserve.ts';
import { summarize } from './sale/summary.ts';

const load = loadOf({ ratePerSecond: 300, rampSeconds: 10, holdSeconds: 1_800 });

export const options = optionsOf(load);
export const setup = () => prepare(load);
export default reserve;
export const handleSummary = summarize;
