import { acceptBench } from './accept/accept.js';
import { baselinesBench } from './baselines.js';
import type { AnyBench } from './bench.js';
import { drainBench, mixedBench } from './drain.js';
import { expiryBench } from './expiry.js';
import { latencyBench } from './latency.js';
import { overloadBench } from './overload/overload.js';
import { shedBench } from './overload/shed-cost.js';
import { socketsBench } from './overload/sockets.js';

/** All that `npm run bench` measures, in the order of loadtest/RESULTS.md. */
export const BENCHES: readonly AnyBench[] = [
  drainBench,
  mixedBench,
  baselinesBench,
  latencyBench,
  acceptBench,
  expiryBench,
  overloadBench,
  shedBench,
  socketsBench,
];
