import { WAIT_MAX_SECONDS } from '../headers.js';

interface ParameterKind {
  readonly required: boolean;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly example: string;
}

const key = { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' };

/** Headers that a request may have. The keys are names of components; `Idempotency-Key` is needed by some routes and allowed by others. */
export const REQUEST_HEADERS = {
  'X-Request-Id': {
    required: false,
    description: 'A name for this request in logs. One that is not 1 to 64 letters, digits, `.`, `_`, `:` and `-` is replaced.',
    schema: { type: 'string' },
    example: 'trace-1',
  },
  'Idempotency-Key': {
    required: true,
    description: 'Names this request of this caller: sent again with the same key it counts once. A fresh UUID is a good one.',
    schema: key,
    example: '2b0f3b9e-4f5c-4b44-9d0f-6a3f6f0d8a11',
  },
  'Idempotency-Key?': {
    required: false,
    description: 'Names this request: sent again with the same key it counts once.',
    schema: key,
    example: '2b0f3b9e-4f5c-4b44-9d0f-6a3f6f0d8a11',
  },
  Prefer: {
    required: false,
    description: `\`wait=n\`: how many seconds to wait for the decision, at most ${WAIT_MAX_SECONDS}. Other preferences are ignored (RFC 7240).`,
    schema: { type: 'string' },
    example: 'wait=5',
  },
  'If-Match': {
    required: false,
    description: 'The ETag of the version that is to be changed. Left out: the SKU is to be created.',
    schema: { type: 'string', pattern: '^"\\d{1,15}"$' },
    example: '"3"',
  },
  'If-None-Match': {
    required: false,
    description: 'ETags of what the caller has: 304 if one of them is current.',
    schema: { type: 'string' },
    example: '"7"',
  },
  'Last-Event-ID': {
    required: false,
    description: 'The `id` of the last event that the caller has seen; the stream goes on after it.',
    schema: { type: 'string', pattern: '^\\d{0,15}$' },
    example: '7',
  },
} as const satisfies Record<string, ParameterKind>;

export type RequestHeader = keyof typeof REQUEST_HEADERS;
