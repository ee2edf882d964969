import type { Request } from 'express';
import type { Answer } from './respond.js';
import type { AppDependencies } from './services.js';

type Dependencies = Pick<AppDependencies, 'log' | 'clock' | 'observeRequest'>;

/** nginx's figure for "the client left before the answer". */
const CLIENT_LEFT = 499;

/** At most one line of a kind in this time: an outage must not cost more in log lines than the traffic it refuses. */
const QUIET_MS = 1_000;

/** Lets one event through in a while and counts the others. Answers how many were held back since the last, or null to hold this one back. */
export function throttle(): (now: number) => number | null {
  let nextAt = Number.NEGATIVE_INFINITY;
  let heldBack = 0;
  return (now) => {
    if (now < nextAt) {
      heldBack++;
      return null;
    }
    const before = heldBack;
    heldBack = 0;
    nextAt = now + QUIET_MS;
    return before;
  };
}

/**
 * What happens when an answer is out or its client gone: the metric, and a line at debug, or a warning for a 5xx. One function for all
 * requests, bound to the response by the event.
 */
export function requestLog({ log, clock, observeRequest }: Dependencies): (this: Answer) => void {
  const admitWarning = throttle();
  return function closed() {
    const now = clock.monotonic();
    const req = this.req as Request;
    const { answeredAt, startedAt } = this.locals;
    // A stream was answered when it began: how long it lasted, and who ended it, says nothing of the service.
    const status = this.writableFinished || answeredAt !== undefined ? this.statusCode : CLIENT_LEFT;
    const route = (req.route as { path: string } | undefined)?.path ?? 'unmatched';
    const ms = (answeredAt ?? now) - startedAt;
    observeRequest(req.method, route, status, ms / 1000);
    const heldBack = status >= 500 ? admitWarning(now) : null;
    if (heldBack === null && !log.isLevelEnabled('debug')) return;
    const fields = { requestId: this.locals.requestId, method: req.method, path: this.locals.path, route, status, ms, ip: req.ip };
    if (heldBack === null) log.debug(fields, 'request');
    else log.warn({ ...fields, heldBack }, 'request failed');
  };
}
