import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestIdOf } from './headers.js';
import { Problem, problemJson, retryAfterSeconds } from './problem.js';
import { OVERLOADED_RETRY_MS, spread } from './retry-after.js';
import { SECURITY_HEADERS } from './security-headers.js';
import type { EdgeDependencies } from './services.js';

/** Where new reservations come in: the one route whose requests are turned away before anything is known of them. */
const PATH = '/v1/reservations';
const ID_HERE = '<requestId>';

/** Answers a request that there is no room for. @returns whether it did; if not, the request is for others to answer */
export type Shed = (req: IncomingMessage, res: ServerResponse) => boolean;

/**
 * Turns new reservations away while as many as there may be are being taken. Nobody is asked who they are, no body is read, nothing is
 * logged, and the answer lies ready: whoever has too much to do must not spend his time on saying so.
 */
export function createShed({ inFlight, onShed, random, problemBase, isDraining }: EdgeDependencies): Shed {
  const body = problemJson(new Problem('OVERLOADED'), { problemBase, requestId: ID_HERE, path: PATH });
  const [before = '', after = ''] = body.split(ID_HERE);
  const fixed = [...SECURITY_HEADERS, ['Content-Type', 'application/problem+json'], ['Cache-Control', 'no-store']].flat();
  return (req, res) => {
    if (!inFlight.isFull || req.method !== 'POST' || req.url !== PATH) return false;
    onShed('in_flight');
    const requestId = requestIdOf(req) ?? random.uuid();
    if (isDraining()) res.shouldKeepAlive = false;
    const length = String(before.length + requestId.length + after.length);
    const own = [
      'X-Request-Id',
      requestId,
      'Retry-After',
      retryAfterSeconds(spread(OVERLOADED_RETRY_MS, random)),
      'Content-Length',
      length,
    ];
    res.writeHead(503, [...fixed, ...own]);
    res.end(before + requestId + after);
    return true;
  };
}
