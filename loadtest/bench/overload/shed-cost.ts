import { Option } from 'commander';
import { wholeNumber } from '../../stand/command-line.js';
import type { Servers } from '../../stand/servers.js';
import type { Bench, Findings } from '../bench.js';
import { rate as perSecondText } from '../report/units.js';
import { OFFERED_COLUMNS, type Offered, offeredRow, openCrowd } from './buyers.js';
import { withService } from './service.js';

const CONNECTIONS = 200;
const WARM_UP_SECONDS = 5;

interface ShedCost {
  /** CPU microseconds of the API process. */
  readonly acceptedMicros: number;
  readonly shedMicros: number;
  readonly accepted: Offered;
  readonly shed: Offered;
}

/** What a request costs an API process that is accepted, and what one costs that it turns away: the same requests at the same rate. */
async function shedCost(servers: Servers, perSecond: number, seconds: number): Promise<ShedCost> {
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

export const shedBench: Bench<{ readonly rate: number; readonly seconds: number }> = {
  name: 'shed',
  description: 'CPU of a request that is turned away, and of one that is accepted',
  options: [
    new Option('--rate <n>', 'requests a second').default(1_000).argParser(wholeNumber(1, 1_000_000)),
    new Option('--seconds <n>', 'time measured, for each').default(15).argParser(wholeNumber(2, 3_600)),
  ],
  quick: { rate: 200, seconds: 2 },
  async run(servers, { rate, seconds }): Promise<Findings> {
    const { accepted, shed, acceptedMicros, shedMicros } = await shedCost(servers, rate, seconds);
    return {
      how: `The same requests at ${perSecondText(rate)}: to an API process that accepts them, and to one that has room for a single one.`,
      tables: [{ columns: OFFERED_COLUMNS, rows: [offeredRow('accepted', accepted), offeredRow('turned away', shed)] }],
      lastLine: `shed: ${shedMicros.toFixed(0)} us of CPU for a request turned away, ${acceptedMicros.toFixed(0)} us for one accepted`,
    };
  },
};
