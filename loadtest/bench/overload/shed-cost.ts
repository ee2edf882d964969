import type { Servers } from '../../stand/servers.js';
import { type Offered, openCrowd } from './buyers.js';
import { withService } from './service.js';

const CONNECTIONS = 200;
const WARM_UP_SECONDS = 5;

export interface ShedCost {
  /** CPU microseconds of the API process. */
  readonly acceptedMicros: number;
  readonly shedMicros: number;
  readonly accepted: Offered;
  readonly shed: Offered;
}

/** What a request costs an API process that is accepted, and what one costs that it turns away: the same requests at the same rate. */
export async function shedCost(servers: Servers, perSecond: number, seconds: number): Promise<ShedCost> {
  const accepted = await costAt(servers, {}, perSecond, seconds);
  const acceptedMicros = accepted.micros / accepted.offered.requests;
  // One at a time, and for long: so nearly all others find it full.
  const shed = await costAt(servers, { FLASHSALE_MAX_IN_FLIGHT: '1', FLASHSALE_PUBLISH_LINGER_MS: '200' }, perSecond, seconds);
  const shedMicros = (shed.micros - shed.offered.accepted * acceptedMicros) / shed.offered.shed;
  return { acceptedMicros, shedMicros, accepted: accepted.offered, shed: shed.offered };
}

function costAt(servers: Servers, settings: Record<string, string>, perSecond: number, seconds: number) {
  return withService(servers, settings, async ({ shop, cpuSeconds }) => {
    const crowd = openCrowd(shop, CONNECTIONS);
    await crowd.offer(perSecond, WARM_UP_SECONDS);
    const before = await cpuSeconds();
    const offered = await crowd.offer(perSecond, seconds);
    const micros = ((await cpuSeconds()) - before) * 1e6;
    await crowd.close();
    return { offered, micros };
  });
}
