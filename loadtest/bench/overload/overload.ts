import { Option } from 'commander';
import { wholeNumber } from '../../stand/command-line.js';
import { untilDrained } from '../../stand/drained.js';
import type { Servers } from '../../stand/servers.js';
import type { Bench, Findings } from '../bench.js';
import { percent } from '../report/units.js';
import { OFFERED_COLUMNS, type Offered, offeredRow, openCrowd } from './buyers.js';
import { withService } from './service.js';

/**
 * A small service, so that five times its capacity can be produced beside it: so many reservations are taken at once, and each waits so long
 * to be published with others. That is all that is made small.
 */
const SMALL = { FLASHSALE_MAX_IN_FLIGHT: '10', FLASHSALE_PUBLISH_LINGER_MS: '120' };
const CONNECTIONS = 400;
const STEPS_PER_SECOND = [40, 60, 80, 100, 120, 160];
const WARM_UP_SECONDS = 5;

interface OverloadResult {
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
function overload(servers: Servers, seconds: number, onStep: (step: Offered) => void): Promise<OverloadResult> {
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

export const overloadBench: Bench<{ readonly seconds: number }> = {
  name: 'overload',
  description: 'five times as many buyers as a small service can serve, who come back when they are told to',
  options: [new Option('--seconds <n>', 'time of the overload').default(20).argParser(wholeNumber(4, 3_600))],
  quick: { seconds: 4 },
  async run(servers, { seconds }, tell): Promise<Findings> {
    const steps: Offered[] = [];
    const {
      peak,
      overload: over,
      after,
      tooLate,
      apiCpuShare,
    } = await overload(servers, seconds, (step) => {
      steps.push(step);
      tell(`  ${Math.round(step.requestsPerSecond)} requests/s, ${Math.round(step.acceptedPerSecond)} accepted/s`);
    });
    const goodput = over.acceptedPerSecond / peak.acceptedPerSecond;
    const slower = over.p99Ms / peak.p99Ms;
    const name = (step: Offered): string => (step === peak ? 'the peak' : 'a step');
    return {
      how:
        `An API process that takes 10 reservations at once and lets each wait 120 ms, so that five times its peak can be produced beside it: rising loads, then the overload, ` +
        `directly behind it three quarters of the peak. In the overload the API used ${percent(apiCpuShare)} of a core; decided too late in all: ${tooLate}.`,
      tables: [
        {
          columns: OFFERED_COLUMNS,
          rows: [
            ...steps.map((step) => offeredRow(name(step), step)),
            offeredRow('five times the peak', over),
            offeredRow('after it', after),
          ],
        },
      ],
      lastLine: `overload: goodput ${percent(goodput)} of the peak (${Math.round(peak.acceptedPerSecond)}/s), p99 ${slower.toFixed(2)} times that at the peak`,
    };
  },
};
