import { Option } from 'commander';
import { wholeNumber } from '../../stand/command-line.js';
import type { Servers } from '../../stand/servers.js';
import type { Bench, Findings } from '../bench.js';
import { type DrainResult, drained, type Load, preload } from '../drain.js';
import { count, megabytes, micros, ms, rate } from '../report/units.js';
import { onStand } from '../stand.js';
import { notingWriters } from '../started-writers.js';
import { type MemoryWatch, type PeakMemory, watchMemory } from './process-memory.js';

interface MemoryResult {
  readonly writer: PeakMemory;
  readonly api: PeakMemory;
  readonly drain: DrainResult;
}

/** What each process of the service holds while a writer works off a log that has waited for it. */
function memory(servers: Servers, commands: number, tell: (line: string) => void): Promise<MemoryResult> {
  return onStand(servers, async (stand) => {
    const load: Load = { commands, skus: 1, mix: 'reserves' };
    tell(`  filling the log with ${count(commands)} commands`);
    await preload(stand, load);
    const ofApi = watchMemory(await stand.startApi({}));
    const writers: MemoryWatch[] = [];
    const noting = notingWriters(stand, ({ member }) => writers.push(watchMemory(member)));
    tell('  one writer begins');
    const drain = await drained(noting, load);
    const [ofWriter] = writers as [MemoryWatch];
    return { writer: await ofWriter.stop(), api: await ofApi.stop(), drain };
  });
}

export const memoryBench: Bench<{ readonly commands: number }> = {
  name: 'memory',
  description: 'memory of each process while a writer works off a long log',
  options: [new Option('--commands <n>', 'commands that wait in the log').default(1_000_000).argParser(wholeNumber(1, 100_000_000))],
  quick: { commands: 30_000 },
  async run(servers, { commands }, tell): Promise<Findings> {
    const { writer, api, drain } = await memory(servers, commands, tell);
    const row = (name: string, { residentBytes, heapBytes, externalBytes }: PeakMemory, cpu: string): string[] => [
      name,
      ...[residentBytes, heapBytes, externalBytes].map(megabytes),
      cpu,
    ];
    const peak = writer.isExact ? "the kernel's own mark (VmHWM)" : 'the highest of a look each 250 ms';
    return {
      how:
        `${count(commands)} commands for one SKU wait in the log when one writer begins to work it off, beside an API process that nobody asks. The most that a process held: resident by ${peak}, ` +
        'heap and external memory by a look each 250 ms.',
      tables: [
        {
          columns: ['process', 'resident', 'heap used', 'external', 'CPU a command'],
          rows: [row('writer', writer, micros(drain.writerCpuMicros)), row('API, idle', api, '')],
        },
        {
          columns: ['commands', 'rate', 'batch p50', 'p95', 'p99', 'CPU a command: PostgreSQL'],
          rows: [
            [
              count(commands),
              rate(drain.perSecond),
              ...[drain.batchP50Ms, drain.batchP95Ms, drain.batchP99Ms].map(ms),
              micros(drain.postgresCpuMicros),
            ],
          ],
        },
      ],
      lastLine: `memory: writer ${megabytes(writer.residentBytes)} with ${commands} commands waiting`,
    };
  },
};
