import type { Options } from 'k6/options';

/** How much is asked, and for how long. Each part can be set from outside, so that a profile runs at the rate that a machine holds. */
export interface Load {
  readonly ratePerSecond: number;
  readonly rampSeconds: number;
  readonly holdSeconds: number;
  /** Share of the requests that go to one SKU, which sells out in mid-run. The others have a unit for everyone. */
  readonly hotShare: number;
}

/** What a buyer is promised: the answer to "may I have it", not the decision. */
export const ACCEPT_P95_MS = 120;
export const ACCEPT_P99_MS = 200;
export const MAX_ERROR_SHARE = 0.01;
/** Requests that k6 could not even start: above this share the rate in the report is not the rate that was asked for. */
const MAX_DROPPED_SHARE = 0.01;

const HOT_SHARE = 0.5;

export function loadOf({ hotShare = HOT_SHARE, ...standard }: Omit<Load, 'hotShare'> & { readonly hotShare?: number }): Load {
  return {
    hotShare,
    ratePerSecond: numberFrom('RATE', standard.ratePerSecond),
    rampSeconds: numberFrom('RAMP_SECONDS', standard.rampSeconds),
    holdSeconds: numberFrom('HOLD_SECONDS', standard.holdSeconds),
  };
}

/** The rate does not depend on how fast the answers come (an open model): a slow service is asked as often as a quick one. */
export function optionsOf(load: Load): Options {
  // As many in flight as there are at p99; the other half are for the moment in which it gets slower than that.
  const inFlight = Math.max(20, Math.ceil((load.ratePerSecond * ACCEPT_P99_MS) / 1000));
  return {
    scenarios: {
      sale: {
        executor: 'ramping-arrival-rate',
        startRate: 0,
        timeUnit: '1s',
        stages: [
          { target: load.ratePerSecond, duration: `${load.rampSeconds}s` },
          { target: load.ratePerSecond, duration: `${load.holdSeconds}s` },
        ],
        preAllocatedVUs: inFlight,
        maxVUs: inFlight * 2,
        gracefulStop: '10s',
      },
    },
    thresholds: {
      // Refused ones (409) are answers too; errors are not, and are counted by the next line.
      'http_req_duration{name:reserve,expected_response:true}': [`p(95)<=${ACCEPT_P95_MS}`, `p(99)<=${ACCEPT_P99_MS}`],
      'http_req_failed{name:reserve}': [`rate<${MAX_ERROR_SHARE}`],
      dropped_iterations: [`count<=${Math.ceil(requestsOf(load) * MAX_DROPPED_SHARE)}`],
    },
    ...OF_EVERY_RUN,
  };
}

export const OF_EVERY_RUN: Options = {
  setupTimeout: '90s',
  // At these rates the generator shares the machine with what it measures: it reads no body and keeps few tags.
  discardResponseBodies: true,
  systemTags: ['status', 'name', 'scenario', 'expected_response', 'error_code'],
  summaryTrendStats: ['min', 'avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

/** All requests of the run: the ramp rises evenly, so it asks half of what it would at the full rate. */
export function requestsOf(load: Load): number {
  return Math.ceil(load.ratePerSecond * (load.rampSeconds / 2 + load.holdSeconds));
}

export function numberFrom(name: string, standard: number): number {
  const given = __ENV[name];
  if (given === undefined || given === '') return standard;
  const value = Number(given);
  if (!(Number.isFinite(value) && value >= 0)) throw new Error(`${name} is a number from 0, not "${given}"`);
  return value;
}
