import type { Refusal } from '../domain/refusal.js';
import { OPERATION_PROBLEMS, type OperationCode } from './operation-problems.js';
import { type ProblemKind, REFUSAL_PROBLEMS } from './refusal-problems.js';

/** What is wrong with a request before any rule of the sale is asked, and what is wrong with the service. */
type EdgeCode =
  | 'MALFORMED_REQUEST'
  | 'MALFORMED_JSON'
  | 'INVALID_BODY'
  | 'INVALID_SKU'
  | 'INVALID_QUANTITY'
  | 'INVALID_USER_ID'
  | 'INVALID_IDEMPOTENCY_KEY'
  | 'INVALID_ID'
  | 'INVALID_PATH'
  | 'INVALID_QUERY'
  | 'INVALID_HEADER'
  | 'CORRUPT_ENCODING'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'METHOD_NOT_ALLOWED'
  | 'REQUEST_TIMEOUT'
  | 'USE_ADJUSTMENTS'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'UNSUPPORTED_ENCODING'
  | 'PRECONDITION_REQUIRED'
  | 'HEADERS_TOO_LARGE'
  | 'TOO_MANY_REQUESTS'
  | 'INTERNAL_ERROR'
  | 'OVERLOADED'
  | 'QUEUE_TOO_LONG'
  | 'LOG_UNAVAILABLE'
  | 'STATUS_UNKNOWN'
  | 'SERVICE_UNAVAILABLE'
  | 'TOO_MANY_STREAMS'
  | 'TOO_MANY_STREAMS_OF_BUYER'
  | 'NOT_READY';

export type ProblemCode = Refusal | EdgeCode | OperationCode;

/** Every problem this service can answer with. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  ...REFUSAL_PROBLEMS,
  ...OPERATION_PROBLEMS,
  MALFORMED_REQUEST: {
    status: 400,
    title: 'Malformed request',
    meaning: 'The request is not valid HTTP, or is ambiguous: a header that may be sent once came twice, or Host is missing.',
  },
  MALFORMED_JSON: { status: 400, title: 'Malformed JSON', meaning: 'The body is not valid JSON in UTF-8.' },
  INVALID_BODY: {
    status: 400,
    title: 'Invalid body',
    meaning: 'The body is valid JSON, but not what this route takes: the detail names the field.',
  },
  INVALID_SKU: {
    status: 400,
    title: 'Invalid SKU id',
    meaning: 'A SKU id has 1 to 64 characters: letters, digits, ".", "_", ":" and "-", beginning with a letter or digit.',
  },
  INVALID_QUANTITY: { status: 400, title: 'Invalid quantity', meaning: 'The quantity must be a whole number of at least 1.' },
  INVALID_USER_ID: {
    status: 400,
    title: 'Invalid user id',
    meaning:
      'With an API key the body names the buyer in `userId`: 1 to 128 characters, letters, digits, ".", "_", ":", "@", "|", "+", "=", "~" and "-". With a token it must be left out: the subject of the token is the buyer.',
  },
  INVALID_IDEMPOTENCY_KEY: {
    status: 400,
    title: 'Invalid idempotency key',
    meaning: 'The route takes exactly one Idempotency-Key header of 1 to 255 printable ASCII characters. A fresh UUID is a good one.',
  },
  INVALID_ID: {
    status: 400,
    title: 'Invalid id',
    meaning: 'The id in the path is not what this route takes: a UUID, or the place of a dead letter, such as `3-1842`.',
  },
  INVALID_PATH: { status: 400, title: 'Invalid path', meaning: 'The percent-encoding of the path is not valid UTF-8.' },
  INVALID_QUERY: {
    status: 400,
    title: 'Invalid query',
    meaning: 'The route does not take this query parameter, or not with this value: the detail says which.',
  },
  INVALID_HEADER: {
    status: 400,
    title: 'Invalid header',
    meaning: 'A header has a value that this route cannot use: the detail names it.',
  },
  CORRUPT_ENCODING: { status: 400, title: 'Corrupt encoding', meaning: 'The body is not what its Content-Encoding says.' },
  UNAUTHENTICATED: {
    status: 401,
    title: 'Credentials missing or wrong',
    meaning: 'The route needs `Authorization: Bearer ...` with an API key or a token that is good here.',
  },
  FORBIDDEN: { status: 403, title: 'Not allowed', meaning: 'The credentials are valid, but lack the scope that the route needs.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    meaning: 'The path exists, but not with this method: the Allow header names those it has.',
  },
  REQUEST_TIMEOUT: { status: 408, title: 'Request too slow', meaning: 'The headers or the body did not arrive in time.' },
  USE_ADJUSTMENTS: {
    status: 409,
    title: 'The total is set at creation only',
    meaning:
      'The SKU exists, so its total cannot be set, only changed by a difference: change it with `POST /v1/admin/skus/{skuId}/adjustments`; for other settings leave out `total` and send If-Match.',
  },
  BODY_TOO_LARGE: { status: 413, title: 'Body too large', meaning: 'The body, or what it unpacks to, is larger than 4 kB.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Unsupported media type',
    meaning: 'The body must be sent as `Content-Type: application/json`, in UTF-8.',
  },
  UNSUPPORTED_ENCODING: {
    status: 415,
    title: 'Unsupported encoding',
    meaning: 'The body may be sent as it is or with `Content-Encoding: gzip`.',
  },
  PRECONDITION_REQUIRED: {
    status: 428,
    title: 'If-Match required',
    meaning: 'The SKU exists. A change needs If-Match with the ETag of the version it is based on.',
  },
  HEADERS_TOO_LARGE: { status: 431, title: 'Headers too large', meaning: 'The URL and the headers together are larger than 16 KiB.' },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: 'Too many requests',
    meaning:
      'This buyer asks for reservations, or changes of them, more often than one may. Nothing was stored: repeat it after `Retry-After`, with the same Idempotency-Key. `RateLimit` says what is left, `RateLimit-Policy` what there is.',
  },
  INTERNAL_ERROR: {
    status: 500,
    title: 'Internal error',
    meaning:
      'A fault of the service, which has noted it under the requestId. Repeating it is safe, with the same Idempotency-Key where one was sent.',
  },
  OVERLOADED: {
    status: 503,
    title: 'Overloaded',
    meaning:
      'More reservations are being taken than this process can take at once. Nothing was stored: repeat it after `Retry-After`, with the same Idempotency-Key.',
  },
  QUEUE_TOO_LONG: {
    status: 503,
    title: 'The queue is too long',
    meaning:
      'So many requests wait for a decision on this SKU, or on others beside it, that this one would not be decided in time. Nothing was stored: repeat it after `Retry-After`, with the same Idempotency-Key.',
  },
  LOG_UNAVAILABLE: {
    status: 503,
    title: 'Not accepted for now',
    meaning:
      'The request was not acknowledged in time; it may have been taken all the same. Repeat it after Retry-After, with the same Idempotency-Key where one was sent: it will never count twice. An extend without a key may then be answered `ALREADY_EXTENDED`.',
  },
  STATUS_UNKNOWN: {
    status: 503,
    title: 'Status unknown for now',
    meaning: 'Whether this reservation exists cannot be told at the moment. Ask again after Retry-After.',
  },
  TOO_MANY_STREAMS: {
    status: 503,
    title: 'Too many streams',
    meaning: 'This process serves as many event streams as it can. Try again after `Retry-After`, or ask with `Prefer: wait` instead.',
  },
  TOO_MANY_STREAMS_OF_BUYER: {
    status: 429,
    title: 'Too many streams of one buyer',
    meaning:
      'As many event streams of this buyer are open as one may have. Close one, and try again after `Retry-After`, or ask with `Prefer: wait` instead.',
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    title: 'Unavailable for now',
    meaning:
      'Something the service depends on does not answer. Repeat it after Retry-After, with the same Idempotency-Key where one was sent.',
  },
  NOT_READY: {
    status: 503,
    title: 'Not ready',
    meaning: 'This process should get no traffic: it is starting, stopping, or lacks a dependency.',
  },
};

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** SOLD_OUT -> sold-out: the last part of the problem's `type`. */
export const kebabOf = (code: ProblemCode): string => code.toLowerCase().replaceAll('_', '-');
