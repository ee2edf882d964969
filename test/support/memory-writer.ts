import type { Offset } from '../../src/domain/ids.js';
import { decodeChunk } from '../../src/log/decode-chunk.js';
import { createGroupCommit } from '../../src/writer/group-commit.js';
import { createGroupLoad } from '../../src/writer/group-load.js';
import { HolderBudget, PartitionMemory } from '../../src/writer/memory.js';
import { type AppliedChunk, type Chunk, createPartitionWriter, type PartitionWriter } from '../../src/writer/partition-writer.js';
import { hurriedClock } from './memory-clock.js';
import { ONLY_PARTITION } from './memory-log.js';
import type { MemoryStore } from './memory-store.js';

export interface TestWriter extends PartitionWriter {
  readonly applied: AppliedChunk[];
  /** Attempt and error of each failed try. */
  readonly failures: [number, unknown][];
  readonly clock: ReturnType<typeof hurriedClock>;
  /** The offsets of each chunk that was told. */
  appliedOffsets(): number[][];
}

interface Options {
  /** Decides from memory what it can; else from a read for each chunk. */
  readonly remembers?: boolean;
  readonly fraction?: () => number;
  /** Before each chunk is handed out. */
  readonly beforeChunk?: () => Promise<void>;
}

/** The real writer of one partition over a store in memory, with these chunks to do. */
export function testWriter(
  store: MemoryStore,
  chunks: readonly Chunk[],
  { remembers = false, fraction = () => 0, beforeChunk }: Options = {},
): TestWriter {
  const applied: AppliedChunk[] = [];
  const failures: [number, unknown][] = [];
  const clock = hurriedClock();
  let next = 0;
  const writer = createPartitionWriter({
    partition: ONLY_PARTITION.partition,
    maxInFlight: 2,
    async nextChunk() {
      const chunk = chunks[next++] ?? null;
      if (beforeChunk !== undefined) await beforeChunk();
      return chunk;
    },
    decode: (records) => decodeChunk(records, ONLY_PARTITION),
    load: createGroupLoad(store),
    memory: new PartitionMemory({
      budget: new HolderBudget(1_000),
      clock,
      databaseNow: () => (remembers ? store.time : null),
      readHoldings: (skuId) => store.holdings(skuId),
    }),
    submit: createGroupCommit(store),
    keepDeadLetters: (letters) => store.keepDeadLetters(letters),
    deadOffsets: [...store.letters.keys()] as Offset[],
    onSubmitted: () => undefined,
    onApplied: (chunk) => applied.push(chunk),
    onFailure: (error, attempt) => failures.push([attempt, error]),
    clock,
    random: { uuid: () => '', fraction },
  });
  return {
    ...writer,
    applied,
    failures,
    clock,
    appliedOffsets: () => applied.map(({ chunk }) => chunk.records.map(({ offset }) => offset)),
  };
}
