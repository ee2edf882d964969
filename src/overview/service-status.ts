import type { Offset } from '../domain/ids.js';
import type { Progress } from '../ports/hints.js';
import type { PartitionOwnerName, PartitionStatus, SaleState, ServiceStatus, WaitingLetters } from '../ports/operations.js';
import type { Clock } from '../ports/runtime.js';
import type { Position } from '../ports/store.js';

/** Longest that one of the servers is waited for: the answer is wanted most when they are in trouble. */
const PATIENCE_MS = 1_000;
/** A writer that has something to decide says how fast it is with each chunk. */
const RATE_FRESH_MS = 2_000;

/** The questions, by what is unknown without an answer. */
export interface StatusQuestions {
  readonly logEnds: () => Promise<ReadonlyMap<number, Offset>>;
  readonly owners: () => Promise<ReadonlyMap<number, PartitionOwnerName>>;
  readonly positions: (partitions: readonly number[]) => Promise<readonly Position[]>;
  readonly progress: (partitions: readonly number[]) => Promise<ReadonlyMap<number, Progress>>;
  readonly sale: () => Promise<SaleState>;
  readonly deadLetters: () => Promise<WaitingLetters>;
}

export interface StatusDependencies extends StatusQuestions {
  readonly partitionCount: number;
  readonly clock: Pick<Clock, 'sleep' | 'now'>;
  /** Of this process: true while open. */
  readonly breakers: () => Readonly<Record<string, boolean>>;
  /** What this process goes by, whatever the database says. */
  readonly takesReservations: () => boolean;
  /** Why something could not be asked, for the log. */
  readonly onUnanswered: (question: keyof StatusQuestions, error: unknown) => void;
}

/** How the whole service does, from every server that answers in time. Never rejects. */
export function createServiceStatus(deps: StatusDependencies): () => Promise<ServiceStatus> {
  const { partitionCount, clock, breakers, takesReservations, onUnanswered } = deps;
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
  const logEnds = shared(deps.logEnds);
  const owners = shared(deps.owners);
  const positions = shared(() => deps.positions(partitions));
  const progress = shared(() => deps.progress(partitions));
  const sale = shared(deps.sale);
  const deadLetters = shared(deps.deadLetters);

  return async () => {
    const unanswered: (keyof StatusQuestions)[] = [];
    const over = new AbortController();
    const tooLate = clock.sleep(PATIENCE_MS, over.signal).then(() => Promise.reject(new Error(`no answer within ${PATIENCE_MS} ms`)));
    // Nobody waits for it when all answer in time.
    tooLate.catch(() => undefined);
    const ask = async <T>(name: keyof StatusQuestions, question: () => Promise<T>): Promise<T | null> => {
      try {
        return await Promise.race([question(), tooLate]);
      } catch (error) {
        unanswered.push(name);
        onUnanswered(name, error);
        return null;
      }
    };
    const [ends, members, stored, rates, saleState, letters] = await Promise.all([
      ask('logEnds', logEnds),
      ask('owners', owners),
      ask('positions', positions),
      ask('progress', progress),
      ask('sale', sale),
      ask('deadLetters', deadLetters),
    ]);
    over.abort();
    const known = { logEnds: ends, owners: members, positions: stored === null ? null : byPartition(stored), progress: rates };
    const rows = partitions.map((partition) => partitionStatus(partition, known));
    return {
      asOf: clock.now(),
      backlog: sum(rows.map(({ lag }) => lag)),
      decisionsPerSecond: sum(rows.map(({ decisionsPerSecond }) => decisionsPerSecond)),
      partitions: rows,
      sale: saleState,
      takesReservations: takesReservations(),
      deadLetters: letters,
      breakers: breakers(),
      unanswered: unanswered.sort(),
    };
  };
}

/** One question at a time: those who ask while a server is silent wait for the same answer, and do not add to its work. */
function shared<T>(question: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | null = null;
  return () => {
    pending ??= question().finally(() => {
      pending = null;
    });
    return pending;
  };
}

interface Known {
  readonly logEnds: ReadonlyMap<number, Offset> | null;
  readonly owners: ReadonlyMap<number, PartitionOwnerName> | null;
  readonly positions: ReadonlyMap<number, Position> | null;
  readonly progress: ReadonlyMap<number, Progress> | null;
}

function partitionStatus(partition: number, { logEnds, owners, positions, progress }: Known): PartitionStatus {
  const logEnd = logEnds?.get(partition) ?? null;
  const stored = positions?.get(partition) ?? null;
  return {
    partition,
    logEnd,
    position: stored?.nextOffset ?? null,
    lag: positions === null || logEnd === null ? null : Math.max(0, logEnd - (stored?.nextOffset ?? 0)),
    appliedThrough: stored?.appliedThrough ?? null,
    decisionsPerSecond: progress === null ? null : rateOf(progress.get(partition)),
    owner: owners?.get(partition) ?? null,
  };
}

const rateOf = (progress: Progress | undefined): number =>
  progress === undefined || progress.ageMs > RATE_FRESH_MS ? 0 : Math.round(progress.ratePerSecond);

const byPartition = (positions: readonly Position[]): ReadonlyMap<number, Position> =>
  new Map(positions.map((position) => [position.partition, position]));

/** Null where one of them is not known: a sum without it would be taken for the whole. */
const sum = (figures: readonly (number | null)[]): number | null =>
  figures.includes(null) ? null : figures.reduce<number>((total, figure) => total + (figure ?? 0), 0);
