import type { ProblemCode } from '../problem-table.js';
import type { Operation } from './operation.js';

/** Of every route: said of a request before it is known which route it is for, or by Node's parser, or about a bug. */
const ANYWHERE: readonly ProblemCode[] = [
  'MALFORMED_REQUEST',
  'INVALID_IDEMPOTENCY_KEY',
  'INVALID_QUERY',
  'UNAUTHENTICATED',
  'REQUEST_TIMEOUT',
  'BODY_TOO_LARGE',
  'HEADERS_TOO_LARGE',
  'INTERNAL_ERROR',
];
const WITH_SCOPE: readonly ProblemCode[] = ['FORBIDDEN', 'SERVICE_UNAVAILABLE'];
const WITH_BODY: readonly ProblemCode[] = [
  'MALFORMED_JSON',
  'INVALID_BODY',
  'CORRUPT_ENCODING',
  'UNSUPPORTED_MEDIA_TYPE',
  'UNSUPPORTED_ENCODING',
];

/** Every problem that an operation can answer with. */
export function problemsOf({ path, scope, body, headers = [], problems }: Operation): readonly ProblemCode[] {
  const all = new Set<ProblemCode>(ANYWHERE);
  if (path.includes(':')) all.add('INVALID_PATH');
  if (scope !== null) for (const code of WITH_SCOPE) all.add(code);
  if (body !== undefined) for (const code of WITH_BODY) all.add(code);
  if (headers.some((name) => name === 'Prefer' || name === 'If-Match' || name === 'Last-Event-ID')) all.add('INVALID_HEADER');
  for (const code of problems) all.add(code);
  return [...all];
}
