import { type Command, Option } from 'commander';
import { say } from '../../../infra/local/say.mjs';
import { wholeNumber } from '../../stand/command-line.js';
import { serversFrom } from '../../stand/servers.js';
import type { Offered } from './buyers.js';
import { overload } from './overload.js';
import { shedCost } from './shed-cost.js';
import { sockets } from './sockets.js';

/** The benches of an API process that has more to do than it can. */
export function addOverloadCommands(program: Command): void {
  program
    .command('overload')
    .description('five times as many buyers as a small service can serve, who come back when they are told to')
    .addOption(new Option('--seconds <n>', 'time of the overload').default(20).argParser(wholeNumber(4, 3_600)))
    .action(runOverload);

  program
    .command('shed')
    .description('CPU of a request that is turned away, and of one that is accepted')
    .addOption(new Option('--rate <n>', 'requests a second').default(1_000).argParser(wholeNumber(1, 1_000_000)))
    .addOption(new Option('--seconds <n>', 'time measured, for each').default(15).argParser(wholeNumber(2, 3_600)))
    .action(runShed);

  program
    .command('sockets')
    .description('traffic beside idle sockets and slow senders')
    .addOption(new Option('--idle <n>', 'idle sockets').default(10_000).argParser(wholeNumber(0, 1_000_000)))
    .addOption(new Option('--slow <n>', 'slow senders').default(500).argParser(wholeNumber(0, 1_000_000)))
    .addOption(new Option('--rate <n>', 'requests a second').default(500).argParser(wholeNumber(1, 1_000_000)))
    .addOption(new Option('--seconds <n>', 'time measured, for each').default(20).argParser(wholeNumber(2, 3_600)))
    .action(runSockets);
}

async function runOverload({ seconds }: { seconds: number }): Promise<void> {
  const result = await overload(serversFrom(process.env), seconds, (step) => say(`  ${describe(step)}`));
  const { peak, overload: over, after, tooLate, apiCpuShare } = result;
  say(`overload: ${describe(over)}; API ${percent(apiCpuShare)} of a core`);
  say(`after it: ${describe(after)}; decided too late in all: ${tooLate}`);
  const goodput = over.acceptedPerSecond / peak.acceptedPerSecond;
  const slower = over.p99Ms / peak.p99Ms;
  say(
    `overload: goodput ${percent(goodput)} of the peak (${Math.round(peak.acceptedPerSecond)}/s), p99 ${slower.toFixed(2)} times that at the peak`,
  );
}

async function runShed({ rate, seconds }: { rate: number; seconds: number }): Promise<void> {
  const { accepted, shed, acceptedMicros, shedMicros } = await shedCost(serversFrom(process.env), rate, seconds);
  say(`accepted: ${describe(accepted)}`);
  say(`shed: ${describe(shed)}`);
  say(`shed: ${shedMicros.toFixed(0)} us of CPU for a request turned away, ${acceptedMicros.toFixed(0)} us for one accepted`);
}

async function runSockets(options: { idle: number; slow: number; rate: number; seconds: number }): Promise<void> {
  const { idle, slow, rate, seconds } = options;
  const result = await sockets(serversFrom(process.env), idle, slow, rate, seconds);
  const { before, beside, slowEnded, idleLeft, residentBytesBefore, residentBytes } = result;
  say(`without: ${describe(before)}`);
  say(`beside: ${describe(beside)}`);
  say(
    `slow senders were cut ${slowEnded} times; ${idleLeft} of ${idle} idle sockets are left; RSS ${mb(residentBytesBefore)} -> ${mb(residentBytes)} MB`,
  );
  say(
    `sockets: p99 ${before.p99Ms.toFixed(1)} ms without, ${beside.p99Ms.toFixed(1)} ms beside ${idle} idle sockets and ${slow} slow senders`,
  );
}

function describe({ buyers, requestsPerSecond, acceptedPerSecond, shed, others, p50Ms, p99Ms, shedP99Ms }: Offered): string {
  const turnedAway = shed === 0 ? 'none turned away' : `${shed} turned away (p99 ${shedP99Ms.toFixed(1)} ms)`;
  return (
    `${buyers} buyers, ${Math.round(requestsPerSecond)} requests/s, ${Math.round(acceptedPerSecond)} accepted/s, ${turnedAway}, ${others} others; ` +
    `p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)} ms`
  );
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
const mb = (bytes: number): number => Math.round(bytes / 1024 / 1024);
