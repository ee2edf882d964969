import type { HeaderObject, Reference } from './document-types.js';

interface HeaderKind {
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly example: string | number;
}

const text = { type: 'string' };
const seconds = { type: 'integer', minimum: 1 };

/** What the headers of answers mean, said once. */
export const ANSWER_HEADERS = {
  'X-Request-Id': {
    description: 'The X-Request-Id of the request, or a new one: what the log knows it by.',
    schema: text,
    example: 'trace-1',
  },
  'Cache-Control': { description: 'Whether and how long the answer may be kept.', schema: text, example: 'no-store' },
  ETag: {
    description: 'The version of what the body shows, for If-Match and If-None-Match.',
    schema: { type: 'string', pattern: '^(W/)?"[^"]*"$' },
    example: '"7"',
  },
  Location: {
    description: 'Where to ask for the outcome.',
    schema: { type: 'string', format: 'uri-reference' },
    example: '/v1/reservations/...',
  },
  'Retry-After': { description: 'Seconds after which to ask again, not before.', schema: seconds, example: 1 },
  'Idempotent-Replayed': { description: 'A repeat: nothing was done a second time.', schema: { const: 'true' }, example: 'true' },
  'Preference-Applied': {
    description: 'The `Prefer: wait` that was honoured (RFC 7240).',
    schema: { type: 'string', pattern: '^wait=\\d+$' },
    example: 'wait=5',
  },
  RateLimit: {
    description: 'How many requests this buyer has left (`r`), and after how many seconds all of them again (`t`).',
    schema: { type: 'string', pattern: '^"buyer";r=\\d+;t=\\d+$' },
    example: '"buyer";r=19;t=1',
  },
  'RateLimit-Policy': {
    description: 'How many requests (`q`) a buyer has in so many seconds (`w`).',
    schema: { type: 'string', pattern: '^"buyer";q=\\d+;w=\\d+$' },
    example: '"buyer";q=20;w=2',
  },
  Link: {
    description: 'The next page, as `<...>; rel="next"` (RFC 8288). Without it this one is the last.',
    schema: text,
    example: '</v1/reservations?cursor=...>; rel="next"',
  },
  'WWW-Authenticate': {
    description: 'How to prove who one is, and what was wrong with what was presented (RFC 6750).',
    schema: text,
    example: 'Bearer realm="flashsale"',
  },
  'Accept-Encoding': { description: 'The Content-Encoding that a body may have.', schema: text, example: 'gzip' },
  'X-Accel-Buffering': { description: 'Asks proxies not to hold events back.', schema: { const: 'no' }, example: 'no' },
  'Content-Security-Policy': {
    description: 'What the page may load: its own style and nothing else.',
    schema: text,
    example: "default-src 'none'",
  },
} as const satisfies Record<string, HeaderKind>;

export type AnswerHeader = keyof typeof ANSWER_HEADERS;

const MAYBE = '.optional';

/** References to those that each of these answers has, and to those that some of them have. */
export function answerHeaders(has: readonly AnswerHeader[], mayHave: readonly AnswerHeader[]): Record<string, Reference> {
  const reference = (name: string): Reference => ({ $ref: `#/components/headers/${name}` });
  return Object.fromEntries([
    ...mayHave.map((name) => [name, reference(`${name}${MAYBE}`)]),
    ...has.map((name) => [name, reference(name)]),
  ]);
}

/** Each header twice, since whether it is required is a part of it. */
export function headerComponents(): Record<string, HeaderObject> {
  return Object.fromEntries(
    Object.entries(ANSWER_HEADERS).flatMap(([name, header]) => [
      [name, { ...header, required: true }],
      [`${name}${MAYBE}`, { ...header, required: false }],
    ]),
  );
}
