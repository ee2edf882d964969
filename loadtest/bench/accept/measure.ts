import { type Crowd, type Offered, openCrowd, type Shop } from '../overload/buyers.js';
import { processUsage } from '../process-usage.js';
import type { Contestant } from './rivals.js';

const WARM_UP_SECONDS = 5;
const CONNECTIONS = 200;
/** Fewer answers than that, of those that were asked for: what is measured is the queue before the server. */
const KEPT_UP = 0.95;

/** So many requests a second whatever the answers take, or so many buyers at once, each as soon as the one before has an answer. */
export type Load = { readonly perSecond: number } | { readonly atOnce: number };

export interface Measured {
  readonly contestant: Contestant;
  readonly load: Load;
  readonly offered: Offered;
  /** CPU microseconds of its process for each request; null where it cannot be told. */
  readonly cpuMicros: number | null;
  readonly residentBytes: number;
  /** It did not answer as many as came, and is still at work on the rest: then there is no CPU time of a request. */
  readonly isBehind: boolean;
}

/**
 * What one server makes of a load, after a warm-up with the same, by the kernel's own books of its process.
 *
 * @param around runs the measured part, for whoever wants to look on
 * @throws when a request was answered anything but 202
 */
export async function measure(
  contestant: Contestant,
  shop: Pick<Shop, 'apiKey' | 'sku'>,
  load: Load,
  seconds: number,
  around: (work: () => Promise<Offered>) => Promise<Offered> = (work) => work(),
): Promise<Measured> {
  const crowd = openCrowd({ ...shop, url: contestant.url }, CONNECTIONS);
  try {
    assertAllAccepted(contestant, await send(crowd, load, Math.min(seconds, WARM_UP_SECONDS)));
    let cpuSeconds = Number.NaN;
    const offered = await around(async () => {
      const before = processUsage(contestant.pid)?.cpuSeconds ?? Number.NaN;
      const answered = await send(crowd, load, seconds);
      cpuSeconds = (processUsage(contestant.pid)?.cpuSeconds ?? Number.NaN) - before;
      return answered;
    });
    assertAllAccepted(contestant, offered);
    const micros = (cpuSeconds / offered.requests) * 1e6;
    const residentBytes = processUsage(contestant.pid)?.residentBytes ?? Number.NaN;
    const isBehind = 'perSecond' in load && offered.requestsPerSecond < load.perSecond * KEPT_UP;
    return { contestant, load, offered, cpuMicros: isBehind || Number.isNaN(micros) ? null : micros, residentBytes, isBehind };
  } finally {
    await crowd.close();
  }
}

const send = (crowd: Crowd, load: Load, seconds: number): Promise<Offered> =>
  'atOnce' in load ? crowd.press(load.atOnce, seconds) : crowd.offer(load.perSecond, seconds);

function assertAllAccepted({ name }: Contestant, { requests, accepted }: Offered): void {
  if (requests === 0 || accepted < requests) throw new Error(`${name} accepted ${accepted} of ${requests} requests: that is no comparison`);
}
