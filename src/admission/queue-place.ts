import type { QueuePlace } from '../ports/admission.js';
import type { Progress } from '../ports/hints.js';
import type { Appended } from '../ports/log.js';

/** Older than this, a partition's progress says that its writer stands still. */
const STALLED_AFTER_MS = 2_000;
/** Assumed while nothing has been decided lately: a single quiet request is decided within some milliseconds. */
const RATE_UNKNOWN_PER_SECOND = 1_000;

/** A request's place in the queue of its partition, by the writer's last word. Null where there is none. */
export function queuePlace({ offset }: Appended, progress: Progress | undefined): QueuePlace | null {
  if (progress === undefined) return null;
  const position = Math.max(0, offset - progress.nextOffset);
  const workMs = (position / (progress.ratePerSecond || RATE_UNKNOWN_PER_SECOND)) * 1000;
  const stalled = position > 0 && progress.ageMs > STALLED_AFTER_MS;
  return { position, estimatedWaitMs: Math.ceil(stalled ? progress.ageMs + workMs : workMs) };
}
