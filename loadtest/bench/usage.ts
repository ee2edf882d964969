import { bucketsOf, numberOf } from './histogram.js';
import { postgresCpuSeconds } from './postgres-cpu.js';
import type { Stand, Writer } from './stand.js';

/** What a writer and PostgreSQL have used so far. */
export interface Usage {
  readonly decisions: number;
  readonly writerCpuSeconds: number;
  readonly postgresCpuSeconds: number | null;
  readonly writerBytes: number;
}

export interface CostOfCommand {
  /** CPU microseconds a command. */
  readonly writerCpuMicros: number;
  readonly postgresCpuMicros: number | null;
  readonly writerBytes: number;
}

export async function usageNow({ database }: Pick<Stand, 'database'>, { metrics }: Pick<Writer, 'metrics'>): Promise<Usage> {
  const page = await metrics();
  return {
    decisions: bucketsOf(page, 'flashsale_decision_latency_seconds').at(-1)?.count ?? Number.NaN,
    writerCpuSeconds: numberOf(page, 'process_cpu_seconds_total'),
    postgresCpuSeconds: await postgresCpuSeconds(database),
    writerBytes: numberOf(page, 'process_resident_memory_bytes'),
  };
}

/** What a command has cost between two looks. */
export function costBetween(before: Usage, after: Usage): CostOfCommand {
  const decisions = after.decisions - before.decisions;
  const postgres =
    before.postgresCpuSeconds === null || after.postgresCpuSeconds === null ? null : after.postgresCpuSeconds - before.postgresCpuSeconds;
  return {
    writerCpuMicros: ((after.writerCpuSeconds - before.writerCpuSeconds) / decisions) * 1e6,
    postgresCpuMicros: postgres === null ? null : (postgres / decisions) * 1e6,
    writerBytes: after.writerBytes,
  };
}
