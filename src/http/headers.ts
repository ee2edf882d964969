import type { IncomingMessage } from 'node:http';
import { AMBIGUOUS_CREDENTIALS } from './challenge.js';
import { Problem } from './problem.js';

const REQUEST_ID_PATTERN = /^[A-Za-z0-9._:-]{1,64}$/;

/** The caller's X-Request-Id if it is safe to log and to echo, else null. */
export function requestIdOf(req: IncomingMessage): string | null {
  const sent = req.headers['x-request-id'];
  return typeof sent === 'string' && REQUEST_ID_PATTERN.test(sent) ? sent : null;
}

/** Headers of which a second one makes the request ambiguous: Node keeps the first, or joins them, and a proxy may do otherwise. */
const SENT_ONCE: Readonly<Record<string, 'MALFORMED_REQUEST' | 'UNAUTHENTICATED' | 'INVALID_IDEMPOTENCY_KEY'>> = {
  host: 'MALFORMED_REQUEST',
  authorization: 'UNAUTHENTICATED',
  'content-type': 'MALFORMED_REQUEST',
  'content-encoding': 'MALFORMED_REQUEST',
  'if-match': 'MALFORMED_REQUEST',
  'idempotency-key': 'INVALID_IDEMPOTENCY_KEY',
};

/** Codings before `chunked` are undone by nobody here, and a proxy in front might. */
const TRANSFER_ENCODING = 'transfer-encoding';

const LENGTHS_LOOKED_AT = new Set([TRANSFER_ENCODING, ...Object.keys(SENT_ONCE)].map((name) => name.length));

/** The problem with a request's headers as they came over the wire, or null. */
export function headerProblem({ rawHeaders, httpVersion }: IncomingMessage): Problem | null {
  let seen = '';
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at] as string;
    if (!LENGTHS_LOOKED_AT.has(raw.length)) continue;
    const name = raw.toLowerCase();
    if (name === TRANSFER_ENCODING && rawHeaders[at + 1]?.trim().toLowerCase() !== 'chunked')
      return new Problem('MALFORMED_REQUEST', 'Transfer-Encoding takes chunked, and nothing else.');
    const code = SENT_ONCE[name];
    if (code === undefined) continue;
    const mark = `${name},`;
    if (seen.includes(mark)) return sentTwice(name, code);
    seen += mark;
  }
  if (!seen.includes('host,') && httpVersion === '1.1') return new Problem('MALFORMED_REQUEST', 'The Host header is missing.');
  return null;
}

function sentTwice(name: string, code: (typeof SENT_ONCE)[string]): Problem {
  return code === 'UNAUTHENTICATED' ? AMBIGUOUS_CREDENTIALS : new Problem(code, `The header ${name} was sent twice.`);
}

const IDEMPOTENCY_KEY_PATTERN = /^[\x20-\x7e]{1,255}$/;

/** The request's Idempotency-Key: 1 to 255 printable ASCII characters. That it was sent once is checked by `headerProblem`. */
export function idempotencyKeyOf(req: IncomingMessage): string | Problem {
  const key = req.headers['idempotency-key'];
  if (key === undefined) return new Problem('INVALID_IDEMPOTENCY_KEY', 'The Idempotency-Key header is missing.');
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY_PATTERN.test(key)) return new Problem('INVALID_IDEMPOTENCY_KEY');
  return key;
}

/** The same, null without the header: for what need not be a repeat. */
export const optionalKeyOf = (req: IncomingMessage): string | null | Problem =>
  req.headers['idempotency-key'] === undefined ? null : idempotencyKeyOf(req);

/** Longest wait for a decision that a request may ask for. */
export const WAIT_MAX_SECONDS = 10;

/** Apart from the next by a comma that is not in quotes. */
const PREFERENCE = /(?:"(?:\\.|[^"\\])*"|[^,])+/g;

/** Seconds asked for by `Prefer: wait=n` (RFC 7240), null without it. */
export function preferredWaitSeconds(req: IncomingMessage): number | null | Problem {
  const header = req.headers.prefer;
  if (header === undefined) return null;
  const preferences = (typeof header === 'string' ? header : header.join(',')).match(PREFERENCE) ?? [];
  for (const preference of preferences) {
    const [name = '', value = ''] = (preference.split(';', 1)[0] as string).split('=', 2);
    if (name.trim().toLowerCase() !== 'wait') continue;
    const seconds = /^\s*"?(\d{1,6})"?\s*$/.exec(value)?.[1];
    if (seconds === undefined || Number(seconds) > WAIT_MAX_SECONDS)
      return new Problem('INVALID_HEADER', `Prefer: wait takes whole seconds from 0 to ${WAIT_MAX_SECONDS}.`);
    return Number(seconds);
  }
  return null;
}

export const etagOf = (version: number): string => `"${version}"`;

/** The version that If-Match names, null without the header. */
export function ifMatchOf(req: IncomingMessage): number | null | Problem {
  const header = req.headers['if-match'];
  if (header === undefined) return null;
  const version = /^"(\d{1,15})"$/.exec(header.trim())?.[1];
  if (version === undefined) return new Problem('INVALID_HEADER', 'If-Match takes one ETag as this service gave it, such as "7".');
  return Number(version);
}

/** The version that an EventSource saw last, null for one that begins. */
export function lastEventIdOf(req: IncomingMessage): number | null | Problem {
  const header = req.headers['last-event-id'];
  if (header === undefined || header === '') return null;
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header))
    return new Problem('INVALID_HEADER', 'Last-Event-ID takes the id of an event as this service gave it, such as 7.');
  return Number(header);
}

/** Whether the client already has what the ETag names: compared weakly, as RFC 9110 asks for If-None-Match. */
export function isFresh(req: IncomingMessage, etag: string): boolean {
  const header = req.headers['if-none-match'];
  if (header === undefined) return false;
  const opaque = etag.replace(/^W\//, '');
  return header.split(',').some((candidate) => candidate.trim() === '*' || candidate.trim().replace(/^W\//, '') === opaque);
}
