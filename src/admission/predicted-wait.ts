/** A partition's queue at one moment. */
export interface QueueSample {
  /** By a monotonic clock, milliseconds. */
  readonly at: number;
  /** The first offset that is not decided. */
  readonly next: number;
  /** Behind the last record that is known to be in the log: there may be more. */
  readonly end: number;
}

/** What follows from the samples of a partition so far. */
export interface QueueHistory {
  readonly latest: QueueSample;
  /** Since when there is a queue and nothing of it is decided. */
  readonly stillSince: number;
  /** Milliseconds for which the queue was worked on, of each stand-still only the first second. */
  readonly busyMs: number;
  /** Moments at which something was decided, the oldest first. Between none of them the queue was empty. */
  readonly steps: readonly Step[];
}

interface Step {
  readonly busyMs: number;
  readonly next: number;
}

/** A rate is that of this time, at most. */
const RATE_WINDOW_MS = 10_000;
/** Measured for a shorter time, a rate is not known: the position moves by leaps. */
const RATE_MEASURED_MS = 2_000;
/**
 * How much of a stand-still counts as work. All of it, and the minute after a writer was replaced would look slow; none of it, and a writer
 * that decides something every few seconds would look fast.
 */
const STILL_COUNTED_MS = 1_000;
/** Shorter than this, nothing decided is no stand-still. */
const STALLED_AFTER_MS = 2_000;
/** What is older says nothing: nobody has looked since, or the database does not answer. */
const FRESH_MS = 2_000;

/**
 * The history with one more sample. A rate is learned only while a queue is worked on: when there is little to do, few decisions a second
 * do not mean that more were not possible. So whatever was learned is forgotten once the queue has been empty.
 */
export function observed(history: QueueHistory | null, sample: QueueSample): QueueHistory {
  if (history === null) return begun(sample);
  const { latest, steps } = history;
  const isOther = sample.next < latest.next || sample.end < latest.end || sample.at < latest.at;
  if (isOther || sample.next >= latest.end) return begun(sample);
  const hasMoved = sample.next > latest.next;
  const stillSince = hasMoved ? sample.at : history.stillSince;
  const busyMs = history.busyMs + counted(sample.at - history.stillSince) - counted(latest.at - history.stillSince);
  if (!hasMoved) return { latest: sample, stillSince, busyMs, steps };
  const step: Step = { busyMs, next: sample.next };
  const useful = steps.filter(({ busyMs: then }) => busyMs - then <= RATE_WINDOW_MS);
  return { latest: sample, stillSince, busyMs, steps: [...useful, step] };
}

/**
 * How long a request that joins the queue now waits for its decision, milliseconds. While nothing is decided, that goes on for as long as it
 * has lasted. Null: nobody can say, so nobody should be turned away for it.
 */
export function predictedWaitMs(history: QueueHistory | null, now: number): number | null {
  if (history === null || now - history.latest.at > FRESH_MS) return null;
  const { latest, stillSince } = history;
  const position = latest.end - latest.next;
  if (position <= 0) return 0;
  const still = latest.at - stillSince;
  const stillMs = still >= STALLED_AFTER_MS ? still : 0;
  const rate = ratePerMs(history);
  if (rate === null) return stillMs > 0 ? stillMs : null;
  return stillMs + position / rate;
}

function begun(sample: QueueSample): QueueHistory {
  const steps = sample.end > sample.next ? [{ busyMs: 0, next: sample.next }] : [];
  return { latest: sample, stillSince: sample.at, busyMs: 0, steps };
}

/** Decisions a millisecond while there was a queue; null while that is not known. */
function ratePerMs({ busyMs, latest, steps }: QueueHistory): number | null {
  const [first] = steps;
  if (first === undefined || busyMs - first.busyMs < RATE_MEASURED_MS || latest.next === first.next) return null;
  return (latest.next - first.next) / (busyMs - first.busyMs);
}

const counted = (stillMs: number): number => Math.min(stillMs, STILL_COUNTED_MS);
