import { acceptBench } from './accept/accept.js';
import { baselinesBench } from './baselines.js';
import type { AnyBench } from './bench.js';
import { burstBench } from './burst/burst.js';
import { drainBench, mixedBench } from './drain.js';
import { expiryBench } from './expiry.js';
import { growthBench } from './growth/growth.js';
import { latencyBench } from './latency.js';
import { memoryBench } from './memory/memory.js';
import { overloadBench } from './overload/overload.js';
import { shedBench } from './overload/shed-cost.js';
import { socketsBench } from './overload/sockets.js';
import { scaleBench } from './scale/scale.js';

/** All that `npm run bench` measures, in the order of loadtest/RESULTS.md. */
export const BENCHES: readonly AnyBench[] = [
  drainBench,
  mixedBench,
  baselinesBench,
  latencyBench,
  acceptBench,
  burstBench,
  memoryBench,
  growthBench,
  scaleBench,
  expiryBench,
  overloadBench,
  shedBench,
  socketsBench,
];
