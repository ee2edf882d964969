import { withoutPassword } from '../../infra/local/say.mjs';
import { apiOf, type Member } from '../stand/members.js';
import type { Place } from '../stand/place.js';
import { HOT_SKU } from './catalogue.js';

/** For --keep: what there is to look at, ready to copy. */
export interface NextSteps {
  readonly baseUrl: string;
  readonly metricsUrls: readonly string[];
  readonly databaseUrl: string;
  readonly key: string;
  readonly logs: readonly string[];
}

export function nextSteps(members: readonly Member[], place: Place, key: string): NextSteps {
  const running = members.filter((member) => !member.hasEnded());
  return {
    baseUrl: apiOf(members).baseUrl,
    metricsUrls: running.map(({ metricsUrl }) => metricsUrl),
    databaseUrl: place.databaseUrl,
    key,
    logs: members.map(({ logFile }) => logFile),
  };
}

/** With the password: it is that of a server on this machine, and the line is there to be run. */
export function nextStepsText({ baseUrl, metricsUrls, databaseUrl, key, logs }: NextSteps): string {
  return `Everything is left running until Ctrl-C; the data stays after that (${withoutPassword(databaseUrl)}).

  API        ${baseUrl}
  metrics    ${metricsUrls.join('\n             ')}
  database   psql '${databaseUrl}'
  logs       ${logs.join('\n             ')}

  curl -i ${baseUrl}/v1/skus/${HOT_SKU}/availability

  curl -i -X POST ${baseUrl}/v1/reservations \\
    -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\
    -H "Idempotency-Key: order-$(date +%s)" -H 'Prefer: wait=2' \\
    -d '{"skuId":"cap-2","quantity":1,"userId":"alice"}'`;
}
