/** The busiest hour: as much as two cores carry with all servers and k6 on them. */
import { loadOf, optionsOf } from './sale/load.ts';
import { prepare } from './sale/prepare.ts';
import { reserve } from './sale/reserve.ts';
import { summarize } from './sale/summary.ts';

const load = loadOf({ ratePerSecond: 1_500, rampSeconds: 30, holdSeconds: 120 });

export const options = optionsOf(load);
export const setup = () => prepare(load);
export default reserve;
export const handleSummary = summarize;
