/** A quiet day: nothing is near its limit, so that a later run that differs says what has changed. */
import { loadOf, optionsOf } from './sale/load.ts';
import { prepare } from './sale/prepare.ts';
import { reserve } from './sale/reserve.ts';
import { summarize } from './sale/summary.ts';

const load = loadOf({ ratePerSecond: 500, rampSeconds: 10, holdSeconds: 60 });

export const options = optionsOf(load);
export const setup = () => prepare(load);
export default reserve;
export const handleSummary = summarize;
