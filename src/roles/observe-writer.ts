import type { SkuBatch } from '../domain/decision.js';
import type { Clock } from '../ports/runtime.js';
import type { Log } from '../telemetry/log.js';
import { type BatchResult, type Metrics, NO_REASON } from '../telemetry/metrics.js';
import type { WriterObserver } from './partition-owner.js';

const DROPPED_LINE_EVERY_MS = 10_000;

/** Turns what a writer does into metrics. One line of log where an operator has to know, none for each command. */
export function observeWriter(metrics: Metrics, clock: Clock, log: Log): WriterObserver {
  let nextDroppedLine = 0;
  return {
    applied({ chunk }, batches) {
      metrics.chunkSize.observe(chunk.records.length);
      const latencySeconds = (clock.monotonic() - chunk.completeAt) / 1000;
      const now = clock.now();
      for (const batch of batches) {
        metrics.batchProcessed.inc({ result: 'committed' });
        metrics.batchSize.observe(batch.decisions.length);
        metrics.batchLatency.observe(latencySeconds);
        observeDecisions(metrics, batch, now);
      }
    },
    failed(error) {
      metrics.batchProcessed.inc({ result: resultOf(error) });
    },
    deadLetters(letters) {
      for (const { reason } of letters) metrics.deadLetters.inc({ reason });
    },
    announcementDropped(error) {
      if (clock.monotonic() < nextDroppedLine) return;
      nextDroppedLine = clock.monotonic() + DROPPED_LINE_EVERY_MS;
      log.warn('decisions are not announced in Redis; buyers are answered from PostgreSQL', { error });
    },
    stopped: (partition, stopped) => metrics.partitionStopped.set({ partition }, stopped ? 1 : 0),
  };
}

const RESULTS: Readonly<Record<string, BatchResult>> = { LostCompareAndSet: 'lost', StaleMemory: 'stale' };

const resultOf = (error: unknown): BatchResult => (error instanceof Error ? RESULTS[error.name] : undefined) ?? 'failed';

function observeDecisions(metrics: Metrics, { decisions }: SkuBatch, now: number): void {
  const counts = new Map<string, { outcome: string; reason: string; count: number }>();
  let asked = 0;
  let allocated = 0;
  for (const { outcome, reason, record } of decisions) {
    const key = reason ?? outcome;
    const entry = counts.get(key);
    if (entry === undefined) counts.set(key, { outcome, reason: reason ?? NO_REASON, count: 1 });
    else entry.count += 1;
    if (record.command.type === 'reserve' && outcome !== 'DUPLICATE') {
      asked += record.command.quantity;
      if (outcome === 'RESERVED') allocated += record.command.quantity;
    }
    metrics.decisionLatency.observe(Math.max(0, now - record.appendedAt) / 1000);
  }
  for (const { outcome, reason, count } of counts.values()) metrics.decisions.inc({ outcome, reason }, count);
  if (asked > 0) metrics.batchAllocationRatio.observe(allocated / asked);
}
