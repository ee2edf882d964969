/** Does the way from the door to the decision work, and hold its promises, at a rate that two cores carry with all servers on them? */
import { loadOf, optionsOf } from './sale/load.ts';
import { prepare } from './sale/prepare.ts';
import { reserve } from './sale/reserve.ts';
import { summarize } from './sale/summary.ts';

const load = loadOf({ ratePerSecond: 300, rampSeconds: 5, holdSeconds: 20 });

export const options = optionsOf(load);
export const setup = () => prepare(load);
export default reserve;
export const handleSummary = summarize;
