/**
 * The rate that the service is built for: 25,000 requests a second, two minutes to get there, half an hour to stay. Made for a cluster;
 * with RATE, RAMP_SECONDS and HOLD_SECONDS it shows the same shape at the rate that a smaller machine holds.
 */
import { loadOf, optionsOf } from './sale/load.ts';
import { prepare } from './sale/prepare.ts';
import { reserve } from './sale/reserve.ts';
import { summarize } from './sale/summary.ts';

const load = loadOf({ ratePerSecond: 25_000, rampSeconds: 120, holdSeconds: 1_800 });

export const options = optionsOf(load);
export const setup = () => prepare(load);
export default reserve;
export const handleSummary = summarize;
