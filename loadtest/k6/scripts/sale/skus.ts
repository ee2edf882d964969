import { sleep } from 'k6';
import http from 'k6/http';
import { target } from './target.ts';

export const SKU_COUNT = 10;
const READY_WITHIN_MS = 60_000;

/** Number 0 is the hot one. */
export function skuIdOf(index: number): string {
  return `k6-${target.runId}-${index}`;
}

/** What is to be sold. */
export interface Size {
  readonly requests: number;
  /** Share of them that goes to the hot SKU. */
  readonly hotShare: number;
  readonly hotUnits: number;
}

export function createSkus({ requests, hotUnits }: Size): void {
  for (let index = 0; index < SKU_COUNT; index += 1) createSku(skuIdOf(index), index === 0 ? hotUnits : requests);
}

/** Creating a SKU is a command in the log: it is there when the writer has decided it. */
function createSku(skuId: string, total: number): void {
  const until = Date.now() + READY_WITHIN_MS;
  const body = JSON.stringify({
    name: `Load test ${skuId}`,
    total,
    perUserLimit: 1,
    maxQuantity: 1,
    holdSeconds: 3600,
    maxExtendSeconds: 0,
  });
  let answer = put(skuId, body);
  // Not ready yet, or undecided in time: asked again. A repeat that comes too late meets what the first one made.
  while ((answer.status === 503 || answer.status === 0) && Date.now() < until) {
    sleep(0.5);
    answer = put(skuId, body);
  }
  if (![200, 201, 202, 428].includes(answer.status)) {
    throw new Error(`PUT /v1/admin/skus/${skuId} answered ${answer.status} ${answer.error}: ${answer.body}`);
  }
  while (!isThere(skuId)) {
    if (Date.now() > until)
      throw new Error(`${skuId} was asked for, but is not there after ${READY_WITHIN_MS / 1000} s: is a writer running?`);
    sleep(0.1);
  }
}

function put(skuId: string, body: string) {
  return http.put(`${target.url}/v1/admin/skus/${skuId}`, body, {
    headers: target.headers,
    responseType: 'text',
    timeout: '10s',
    tags: { name: 'create-sku' },
  });
}

function isThere(skuId: string): boolean {
  const answer = http.get(`${target.url}/v1/skus/${skuId}/availability`, {
    headers: target.headers,
    timeout: '10s',
    tags: { name: 'availability' },
  });
  return answer.status === 200;
}
