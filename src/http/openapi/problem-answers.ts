import { Problem, problemJson } from '../problem.js';
import { problemSchema } from '../problem-schema.js';
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../problem-table.js';
import { type AnswerHeader, answerHeaders } from './answer-headers.js';
import type { ProblemExample, Reference, ResponseObject } from './document-types.js';
import { schemaReference } from './json-schemas.js';

/** Headers that some problems of a status have. */
const MAY_HAVE: Readonly<Record<number, readonly AnswerHeader[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  404: ['Retry-After'],
  409: ['Retry-After'],
  415: ['Accept-Encoding'],
  422: ['Retry-After'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

/** One answer for each status that these problems have, with an example of each. */
export function problemAnswers(codes: readonly ProblemCode[], mayHave: readonly AnswerHeader[]): [string, ResponseObject][] {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))].sort((a, b) => a - b);
  return statuses.map((status) => {
    const ofStatus = codes.filter((code) => PROBLEMS[code].status === status);
    const answer: ResponseObject = {
      description: ofStatus.map((code) => PROBLEMS[code].title).join('; '),
      headers: answerHeaders(['X-Request-Id', 'Cache-Control'], [...(MAY_HAVE[status] ?? []), ...mayHave]),
      content: {
        'application/problem+json': {
          schema: { ...schemaReference(problemSchema), properties: { status: { const: status }, code: { enum: ofStatus } } },
          examples: Object.fromEntries(ofStatus.map((code): [string, Reference] => [code, { $ref: `#/components/examples/${code}` }])),
        },
      },
    };
    return [String(status), answer];
  });
}

/** Each problem as it is sent. */
export function problemExamples(): Record<string, { summary: string; value: ProblemExample }> {
  const place = { problemBase: '', requestId: 'trace-1', path: '/v1/reservations' };
  return Object.fromEntries(
    PROBLEM_CODES.map((code) => [
      code,
      { summary: PROBLEMS[code].title, value: JSON.parse(problemJson(new Problem(code), place)) as ProblemExample },
    ]),
  );
}
