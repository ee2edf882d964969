import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../../../../infra/local/checkout.mjs';
import type { Servers } from '../../../stand/servers.js';
import type { Findings } from '../../bench.js';
import type { Offered } from '../../overload/buyers.js';
import { withService } from '../../overload/service.js';
import { rate } from '../../report/units.js';
import { type Load, measure } from '../measure.js';
import { flameGraphPage } from './flame-graph.js';
import { flamesOf } from './flames.js';
import { type CpuProfile, hottest } from './hottest.js';
import { INSPECTABLE, profiled } from './inspector.js';
import { locateInCheckout } from './locate.js';

const FOLDER = join(stateFolder, 'bench');
const HOTTEST = 10;

/** The API process under V8's profiler, for the measured time only: the profile and a flame graph as files, and its hottest functions. */
export function profileAccept(servers: Servers, load: Load, seconds: number, tell: (line: string) => void): Promise<Findings> {
  return withService(servers, INSPECTABLE, async ({ shop, members: [, api] }) => {
    if (api === undefined) throw new Error('no API process was started');
    const contestant = { name: 'this service', how: 'under the profiler', url: shop.url, pid: api.process.pid };
    let profile: CpuProfile | undefined;
    const underProfiler = async (work: () => Promise<Offered>): Promise<Offered> => {
      const looked = await profiled(api.logFile, work);
      profile = looked.profile;
      return looked.result;
    };
    const { offered } = await measure(contestant, shop, load, seconds, underProfiler);
    const found = await keep(profile as CpuProfile, tell);
    return {
      how: `The API process under V8's sampling profiler at ${rate(offered.requestsPerSecond)}; shares of the time in which it was at work.`,
      tables: [{ columns: ['itself', 'function', 'where'], rows: found }],
      lastLine: `accept --profile: ${join(FOLDER, 'accept.html')}`,
      isOnlyShown: true,
    };
  });
}

async function keep(profile: CpuProfile, tell: (line: string) => void): Promise<readonly string[][]> {
  mkdirSync(FOLDER, { recursive: true });
  const locate = locateInCheckout();
  writeFileSync(join(FOLDER, 'accept.cpuprofile'), JSON.stringify(profile));
  writeFileSync(join(FOLDER, 'accept.html'), await flameGraphPage(flamesOf(profile, locate)));
  const found = hottest(profile, HOTTEST, locate).map(({ name, place, share }) => [`${(share * 100).toFixed(1)} %`, name, place]);
  tell('  the ten hottest functions, by the time in themselves:');
  for (const [share = '', name = '', place = ''] of found) tell(`  ${share.padStart(7)}  ${name.padEnd(28)} ${place}`);
  return found;
}
