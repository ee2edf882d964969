import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Member } from '../../stand/members.js';
import { numberOf } from '../histogram.js';

const LOOK_EVERY_MS = 250;

/** Bytes that a process of the service has used at most. */
export interface PeakMemory {
  readonly residentBytes: number;
  /** By the kernel's own mark, or of what was seen every 250 ms where the kernel has none. */
  readonly isExact: boolean;
  readonly heapBytes: number;
  readonly externalBytes: number;
}

export interface MemoryWatch {
  /** The highest so far. */
  stop(): Promise<PeakMemory>;
}

/** Looks at a process every 250 ms, from its first answer on; the end waits for that. */
export function watchMemory({ metricsUrl, process: { pid }, hasEnded }: Member): MemoryWatch {
  let [resident, heap, external] = [0, 0, 0];
  let [stopped, hasAnswered] = [false, false];

  async function look(): Promise<void> {
    const page = await (await fetch(metricsUrl)).text();
    resident = Math.max(resident, numberOf(page, 'process_resident_memory_bytes'));
    heap = Math.max(heap, numberOf(page, 'nodejs_heap_size_used_bytes'));
    external = Math.max(external, numberOf(page, 'nodejs_external_memory_bytes'));
    hasAnswered = true;
  }

  async function watch(): Promise<void> {
    while (!(stopped && hasAnswered) && !hasEnded()) {
      // Its port may not be open yet.
      await look().catch(() => undefined);
      await wait(LOOK_EVERY_MS);
    }
  }

  const watching = watch();
  return {
    async stop() {
      stopped = true;
      await watching;
      const mark = highWaterMark(pid);
      return { residentBytes: mark ?? resident, isExact: mark !== null, heapBytes: heap, externalBytes: external };
    },
  };
}

/** @returns bytes, or null where the kernel does not tell it */
function highWaterMark(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
