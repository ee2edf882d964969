import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';
import type { Sale } from './prepare.ts';
import { SKU_COUNT, skuIdOf } from './skus.ts';
import { target } from './target.ts';

/** k6 has one; its types do not say so. */
declare const console: { log(line: string): void };

/** Answered 202 or 201, each with a key of its own: every one of these must have exactly one decision after the run. */
const accepted = new Counter('flashsale_accepted');
/** Answered 409: sold out, as far as this buyer is concerned. */
const refused = new Counter('flashsale_refused');
/** Everything else: 429, 5xx, no answer in time. Some of these may be in the log all the same. */
const failed = new Counter('flashsale_failed');

// What is not named here makes http_req_failed: 429 and 5xx, and 0, which is k6's status for a time-out.
http.setResponseCallback(http.expectedStatuses(200, 201, 202, 409));

/** One buyer asks for one unit, once. */
export function reserve(sale: Sale): void {
  const number = exec.scenario.iterationInTest;
  // Numbers begin anew with each scenario.
  const buyer = `${target.runId}-${exec.scenario.name}-${number}`;
  const body = JSON.stringify({ skuId: chosenSku(number, sale), quantity: 1, userId: buyer });
  const answer = http.post(`${target.url}/v1/reservations`, body, {
    headers: { ...target.headers, 'Idempotency-Key': buyer },
    timeout: '5s',
    tags: { name: 'reserve' },
  });
  if (answer.status === 202 || answer.status === 201) {
    accepted.add(1);
    // k6 cannot write files. The address in the header is enough: the body is not read.
    if (sale.keepIds) console.log(`${answer.headers.Location}`);
  } else if (answer.status === 409) refused.add(1);
  else if (answer.status !== 200) failed.add(1);
}

/** By the request's number instead of by chance, so that two runs ask for the same. */
function chosenSku(number: number, { hotShare }: Sale): string {
  const every = Math.round(1 / hotShare);
  return skuIdOf(number % every === 0 ? 0 : 1 + (Math.floor(number / every) % (SKU_COUNT - 1)));
}
