import type { Socket } from 'node:net';
import { Problem, problemBytes } from './problem.js';
import type { ProblemCode } from './problem-table.js';
import type { EdgeDependencies } from './services.js';

const CODE_OF_ERROR: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'BODY_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** How long a client may take to read the answer: closing at once would make TCP throw the answer away while input is still coming in. */
const LINGER_MS = 1_000;

/** What Node's parser, or its timer, says about a request, as a problem. */
export function problemOfClientError(error: NodeJS.ErrnoException): Problem {
  return new Problem(CODE_OF_ERROR[error.code ?? ''] ?? 'MALFORMED_REQUEST');
}

/** Answers on the bare socket and closes it. */
export function answerOnSocket(socket: Socket, problem: Problem, { random, problemBase, observeRequest }: EdgeDependencies): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(problemBytes(problem, { problemBase, requestId: random.uuid(), path: null }));
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
  observeRequest('none', 'unparsed', problem.status, 0);
}
