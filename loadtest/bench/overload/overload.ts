import { untilDrained } from '../../stand/drained.js';
import type { Servers } from '../../stand/servers.js';
import { type Offered, openCrowd } from './buyers.js';
import { withService } from './service.js';

/**
 * A small service, so that five times its capacity can be produced beside it: so many reservations are taken at once, and each waits so long
 * to be published with others. That is all that is made small.
 */
const SMALL = { FLASHSALE_MAX_IN_FLIGHT: '10', FLASHSALE_PUBLISH_LINGER_MS: '120' };
const CONNECTIONS = 400;
const STEPS_PER_SECOND = [40, 60, 80, 100, 120, 160];
const WARM_UP_SECONDS = 5;

export interface OverloadResult {
  /** Of rising loads the one with the most accepted requests a second. */
  readonly peak: Offered;
  readonly overload: Offered;
  /** At three quarters of the peak, directly behind the overload. */
  readonly after: Offered;
  /** Accepted requests that were not decided in time. */
  readonly tooLate: number;
  readonly apiCpuShare: number;
}

/** What a service makes of five times as many buyers as it can serve, who come back when they are told to. */
export function overload(servers: Servers, seconds: number, onStep: (step: Offered) => void): Promise<OverloadResult> {
  return withService(servers, SMALL, async ({ shop, stand, members, cpuSeconds }) => {
    const crowd = openCrowd(shop, CONNECTIONS);
    await crowd.offer(STEPS_PER_SECOND[0] as number, WARM_UP_SECONDS);
    let peak: Offered | null = null;
    for (const perSecond of STEPS_PER_SECOND) {
      const step = await crowd.offer(perSecond, seconds / 2);
      onStep(step);
      if (peak === null || step.acceptedPerSecond > peak.acceptedPerSecond) peak = step;
    }
    if (peak === null) throw new Error('no load was offered');
    const [cpuBefore, startedAt] = [await cpuSeconds(), performance.now()];
    const over = await crowd.offer(Math.round(peak.acceptedPerSecond * 5), seconds);
    const apiCpuShare = (((await cpuSeconds()) - cpuBefore) * 1_000) / (performance.now() - startedAt);
    const after = await crowd.offer(Math.round(peak.acceptedPerSecond * 0.75), seconds / 2);
    await crowd.close();
    await untilDrained(stand.place, stand.database, members);
    const { rows } = await stand.database.query<{ late: number }>(
      `select count(*)::int as late from reservations where reason = 'DEADLINE_EXCEEDED'`,
    );
    return { peak, overload: over, after, tooLate: rows[0]?.late ?? Number.NaN, apiCpuShare };
  });
}
