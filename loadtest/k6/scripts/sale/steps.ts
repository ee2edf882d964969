import type { Options, Scenario, Threshold } from 'k6/options';
import { ACCEPT_P95_MS, ACCEPT_P99_MS, MAX_ERROR_SHARE, numberFrom, OF_EVERY_RUN } from './load.ts';
import { prepareFor, type Sale } from './prepare.ts';

/** Rising rates, each held for a while: the first at which the service breaks its promises ends the run. */
export interface Steps {
  readonly rates: readonly number[];
  readonly seconds: number;
  /** Requests that k6 could not even start, of those of a step. */
  readonly maxDroppedShare: number;
}

/** At half of the first rate, and not judged: for code and plans that are cold. */
const WARM_UP_SECONDS = 10;
/** Between two steps, for what is under way. */
const PAUSE_SECONDS = 2;
const HOT_SHARE = 0.5;

interface Standard {
  readonly firstRate: number;
  readonly count: number;
  readonly seconds: number;
  readonly maxDroppedShare: number;
  readonly next: (rate: number) => number;
}

export function stepsOf({ firstRate, count, seconds, maxDroppedShare, next }: Standard): Steps {
  const rates = [Math.max(1, numberFrom('FIRST_RATE', firstRate))];
  while (rates.length < numberFrom('STEPS', count)) rates.push(next(rates[rates.length - 1] as number));
  return { rates, seconds: numberFrom('STEP_SECONDS', seconds), maxDroppedShare };
}

export function optionsOfSteps(steps: Steps): Options {
  const scenarios: Record<string, Scenario> = { 'warm-up': scenario(Math.ceil((steps.rates[0] as number) / 2), 0, WARM_UP_SECONDS) };
  // Only what has a threshold is in the summary: this one is for the table, and cannot be crossed.
  const thresholds: Record<string, Threshold[]> = { 'http_req_duration{name:reserve,expected_response:true}': ['max>=0'] };
  for (const [at, rate] of steps.rates.entries()) {
    const start = WARM_UP_SECONDS + PAUSE_SECONDS + at * (steps.seconds + PAUSE_SECONDS);
    scenarios[`rate-${rate}`] = scenario(rate, start, steps.seconds);
    Object.assign(thresholds, thresholdsOf(rate, start, steps));
  }
  return { scenarios, thresholds, ...OF_EVERY_RUN };
}

/** Everybody gets a unit: every step asks the same of the service. */
export function prepareSteps({ rates, seconds }: Steps): Sale {
  const requests = rates.reduce(
    (sum, rate) => sum + Math.ceil(rate * seconds),
    Math.ceil(((rates[0] as number) / 2 + 1) * WARM_UP_SECONDS),
  );
  return prepareFor({ requests, hotShare: HOT_SHARE, hotUnits: requests });
}

function scenario(rate: number, start: number, seconds: number): Scenario {
  return {
    executor: 'constant-arrival-rate',
    rate,
    timeUnit: '1s',
    startTime: `${start}s`,
    duration: `${seconds}s`,
    // What is in flight at twice the p99 that is allowed; more is not started. All beforehand: starting them would take the time of requests.
    preAllocatedVUs: Math.max(40, Math.ceil((rate * ACCEPT_P99_MS * 2) / 1_000)),
    gracefulStop: `${PAUSE_SECONDS}s`,
  };
}

/** Judged when half of the step is over: by then it has requests enough. */
function thresholdsOf(rate: number, start: number, { seconds, maxDroppedShare }: Steps): Record<string, Threshold[]> {
  const delayAbortEval = `${Math.ceil(start + seconds / 2)}s`;
  const ending = (threshold: string): Threshold => ({ threshold, abortOnFail: true, delayAbortEval });
  return {
    [`http_req_duration{name:reserve,expected_response:true,scenario:rate-${rate}}`]: [
      ending(`p(95)<=${ACCEPT_P95_MS}`),
      ending(`p(99)<=${ACCEPT_P99_MS}`),
    ],
    [`http_req_failed{name:reserve,scenario:rate-${rate}}`]: [ending(`rate<${MAX_ERROR_SHARE}`)],
    [`dropped_iterations{scenario:rate-${rate}}`]: [ending(`count<=${Math.floor(rate * seconds * maxDroppedShare)}`)],
    [`iterations{scenario:rate-${rate}}`]: ['count>=0'],
  };
}
