import { Option } from 'commander';
import { wholeNumber } from '../../stand/command-line.js';
import type { Servers } from '../../stand/servers.js';
import { serviceSettings } from '../../stand/service.js';
import type { Bench, Findings, Table } from '../bench.js';
import { listOf } from '../list-option.js';
import { withService } from '../overload/service.js';
import { megabytes, micros, ms, rate, times } from '../report/units.js';
import { type Load, type Measured, measure } from './measure.js';
import { profileAccept } from './profile/profile-accept.js';
import { type Contestant, RIVALS, startRival } from './rivals.js';

const ROUNDS = 2;
const SERVICE = 'this service';

interface AcceptOptions {
  readonly rate: readonly number[];
  readonly atOnce: number;
  readonly seconds: number;
  readonly profile?: boolean;
}

/** Each load to each server, in turn and twice, while a writer decides what they put into the log. */
function compare(servers: Servers, loads: readonly Load[], seconds: number, tell: (line: string) => void): Promise<readonly Measured[]> {
  return withService(servers, {}, async ({ shop, stand, members }) => {
    const settings = serviceSettings(stand.place, process.env);
    const pid = members[1]?.process.pid ?? 0;
    const ours: Contestant = { name: SERVICE, how: 'everything', url: shop.url, pid };
    const rivals = await Promise.all(RIVALS.map(({ file }) => startRival(file, settings)));
    const contestants = [ours, ...rivals];
    const results: Measured[] = [];
    for (const load of loads) {
      for (let round = 0; round < ROUNDS; round++) {
        for (const contestant of contestants) {
          const result = await measure(contestant, shop, load, seconds);
          tell(`  ${rowOf(result).join('; ')}`);
          results.push(result);
        }
      }
    }
    // Before the servers' data goes from under them.
    await Promise.all(rivals.map((rival) => rival.stop()));
    return loads.flatMap((load) => contestants.map((one) => best(results.filter((r) => r.load === load && r.contestant === one))));
  });
}

/** Of the rounds. What else the machine did then can only have made it dearer. */
const best = (results: readonly Measured[]): Measured =>
  results.reduce((a, b) => ((b.cpuMicros ?? Number.POSITIVE_INFINITY) < (a.cpuMicros ?? Number.POSITIVE_INFINITY) ? b : a));

function tableOf(results: readonly Measured[]): Table {
  return {
    columns: ['', 'how', 'load', 'answered', 'CPU a POST', 'p50', 'p95', 'p99', 'memory', 'CPU by ours'],
    rows: results.map((result) => [...rowOf(result), ratioToOurs(result, results)]),
  };
}

function rowOf({ contestant, load, offered, cpuMicros, residentBytes, isBehind }: Measured): string[] {
  const { requestsPerSecond, p50Ms, p95Ms, p99Ms } = offered;
  const asked = 'atOnce' in load ? `${load.atOnce} buyers at once` : rate(load.perSecond);
  const cpu = isBehind ? 'does not keep up' : micros(cpuMicros);
  return [contestant.name, contestant.how, asked, rate(requestsPerSecond), cpu, ...[p50Ms, p95Ms, p99Ms].map(ms), megabytes(residentBytes)];
}

function ratioToOurs({ cpuMicros }: Measured, all: readonly Measured[]): string {
  const ours = all.find(({ contestant }) => contestant.name === SERVICE)?.cpuMicros;
  return typeof ours === 'number' && cpuMicros !== null ? times(cpuMicros / ours) : '';
}

const HOW =
  'The API process with everything it does, its broker, its Redis, and a writer that decides meanwhile; each of the others a process of its own beside it. ' +
  'One after the other, twice, after 5 s of warm-up each time, and of each the cheaper round. CPU and memory of the server process alone, by the kernel. ' +
  'Every request was answered 202. The buyers are played by another process on the same cores, so a rate says what this machine had left for the server.';

export const acceptBench: Bench<AcceptOptions> = {
  name: 'accept',
  description: 'CPU of an accepted POST, beside bare node:http, Express and the naive stack',
  options: [
    new Option('--rate <n...>', 'requests a second').default([1_000]).argParser(listOf(wholeNumber(1, 1_000_000))),
    new Option('--at-once <n>', 'buyers at once, each followed by another: as much as the server can take')
      .default(128)
      .argParser(wholeNumber(1, 10_000)),
    new Option('--seconds <n>', 'time of each measurement').default(10).argParser(wholeNumber(1, 3_600)),
    new Option('--profile', 'the service alone, under the profiler: a flame graph, and the ten hottest functions'),
  ],
  quick: { rate: [200], atOnce: 8, seconds: 1 },
  async run(servers, { rate: rates, atOnce, seconds, profile = false }, tell): Promise<Findings> {
    if (profile) return profileAccept(servers, { atOnce }, seconds, tell);
    const full: Load = { atOnce };
    const loads = [full, ...rates.map((perSecond) => ({ perSecond }))];
    const results = await compare(servers, loads, seconds, tell);
    const atFull = results.filter(({ load }) => load === full);
    const [ours, , sameWork, , naive] = atFull.map(({ cpuMicros }) => cpuMicros ?? Number.NaN) as [number, number, number, number, number];
    return {
      how: HOW,
      tables: loads.map((load) => tableOf(results.filter((result) => result.load === load))),
      lastLine: `accept: ${ours.toFixed(0)} us of CPU a POST with ${atOnce} buyers at once, ${times(ours / sameWork)} bare node:http doing the same work; the naive stack ${times(naive / ours)}`,
    };
  },
};
