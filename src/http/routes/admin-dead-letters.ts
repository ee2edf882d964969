import type { Express, Request } from 'express';
import type { z } from 'zod';
import type { Offset } from '../../domain/ids.js';
import type { DeskAnswer, LetterFilter, LetterPosition, RedriveAnswer } from '../../ports/dead-letters.js';
import { actorOf } from '../actor.js';
import type { Identity } from '../authenticate.js';
import { dependency } from '../dependency.js';
import { methodNotAllowed, openToScope, queryOpenToScope } from '../endpoint.js';
import { letterId, letterJson, letterPosition, wholeLetterJson } from '../letter-json.js';
import { lettersQuery, REDRIVE_LIMIT, reasonBody, redriveBody } from '../operation-schemas.js';
import type { Operations } from '../operations.js';
import { decodePlace, encodePlace } from '../place-cursor.js';
import { Problem } from '../problem.js';
import { nextLink } from '../query.js';
import { readBody, readOptionalBody } from '../read-body.js';
import { type Answer, sendJson } from '../respond.js';
import { emptyBody } from '../schemas.js';
import type { Credentials } from '../services.js';

type Dependencies = Credentials & {
  readonly operations: Pick<Operations, 'listLetters' | 'findLetter' | 'redriveLetter' | 'redriveLetters' | 'dismissLetter'>;
};

const LIMIT = 50;

/** GET /v1/admin/dead-letters and what is done with them. */
export function adminDeadLetterRoutes(app: Express, deps: Dependencies): void {
  const path = '/v1/admin/dead-letters';
  app
    .route(path)
    .get(queryOpenToScope(deps, 'admin', lettersQuery, (req, res, _identity, query) => list(deps, req, res, query)))
    .all(methodNotAllowed('GET, HEAD'));
  // Before the route of one letter, which would take the word for an id.
  app
    .route(`${path}/redrive`)
    .post(openToScope(deps, 'admin', (req, res, identity) => redriveAll(deps, req, res, identity)))
    .all(methodNotAllowed('POST'));
  app
    .route(`${path}/:id`)
    .get(openToScope(deps, 'admin', (req, res) => show(deps, req, res)))
    .all(methodNotAllowed('GET, HEAD'));
  app
    .route(`${path}/:id/redrive`)
    .post(openToScope(deps, 'admin', (req, res, identity) => redriveOne(deps, req, res, identity)))
    .all(methodNotAllowed('POST'));
  app
    .route(`${path}/:id/dismiss`)
    .post(openToScope(deps, 'admin', (req, res, identity) => dismiss(deps, req, res, identity)))
    .all(methodNotAllowed('POST'));
}

async function list(
  { operations }: Dependencies,
  req: Request,
  res: Answer,
  query: z.infer<typeof lettersQuery>,
): Promise<Problem | undefined> {
  const { cursor, limit = LIMIT } = query;
  const filter: LetterFilter = { partition: query.partition ?? null, state: query.state ?? null };
  const thisList = ['dead-letters', filter.partition, filter.state];
  const place = cursor === undefined ? null : decodePlace(cursor, 2, thisList);
  if (cursor !== undefined && place === null)
    return new Problem('INVALID_QUERY', 'cursor is not one that this list gave: begin again without it.');
  const after = place === null ? null : positionOf(place);
  // One more, to know whether there is a next page.
  const found = await dependency('dead letters', operations.listLetters(filter, after, limit + 1));
  const letters = found.slice(0, limit);
  const last = letters.at(-1);
  if (found.length > limit && last !== undefined)
    res.setHeader('Link', nextLink(req, { cursor: encodePlace([last.partition, last.offset], thisList) }));
  res.setHeader('Cache-Control', 'private, no-cache');
  sendJson(res, 200, { deadLetters: letters.map(letterJson) });
  return undefined;
}

async function show({ operations }: Dependencies, req: Request, res: Answer): Promise<Problem | undefined> {
  const position = letterPosition(req.params.id);
  if (position === null) return NO_LETTER_ID;
  const letter = await dependency('dead letters', operations.findLetter(position));
  if (letter === null) return NO_LETTER;
  res.setHeader('Cache-Control', 'private, no-cache');
  sendJson(res, 200, wholeLetterJson(letter));
  return undefined;
}

async function redriveOne(deps: Dependencies, req: Request, res: Answer, identity: Identity): Promise<Problem | undefined> {
  const body = await readOptionalBody(req, emptyBody);
  if (body instanceof Problem) return body;
  const position = letterPosition(req.params.id);
  if (position === null) return NO_LETTER_ID;
  const answer = await dependency('dead letters', deps.operations.redriveLetter(position, actorOf(identity)));
  return answer === 'done' ? await show(deps, req, res) : refusal(answer);
}

async function dismiss(deps: Dependencies, req: Request, res: Answer, identity: Identity): Promise<Problem | undefined> {
  const body = await readBody(req, reasonBody);
  if (body instanceof Problem) return body;
  const position = letterPosition(req.params.id);
  if (position === null) return NO_LETTER_ID;
  const answer = await dependency('dead letters', deps.operations.dismissLetter(position, actorOf(identity), body.reason));
  return answer === 'done' ? await show(deps, req, res) : refusal(answer);
}

async function redriveAll({ operations }: Dependencies, req: Request, res: Answer, identity: Identity): Promise<Problem | undefined> {
  const body = await readOptionalBody(req, redriveBody);
  if (body instanceof Problem) return body;
  const { partition = null, limit = REDRIVE_LIMIT, cursor } = body;
  const thisPass = ['redrive', partition] as const;
  const place = cursor === undefined ? null : decodePlace(cursor, 3, thisPass);
  if (cursor !== undefined && place === null)
    return new Problem('INVALID_BODY', 'cursor is not one that this pass gave: begin again without it.');
  const [until = 0, ...after] = place ?? [];
  const from = place === null ? null : { until, after: positionOf(after) };
  const step = await dependency('dead letters', operations.redriveLetters({ partition, from, limit }, actorOf(identity)));
  const { next } = step;
  res.setHeader('Cache-Control', 'no-store');
  sendJson(res, 200, {
    redriven: step.redriven,
    refused: step.refused.length,
    remaining: step.remaining,
    refusals: step.refused.map(({ answer, ...position }) => {
      const { code, detail } = refusal(answer);
      return { id: letterId(position), code, detail };
    }),
    next: next === null ? null : encodePlace([next.until, next.after.partition, next.after.offset], thisPass),
  });
  return undefined;
}

const positionOf = ([partition = 0, offset = 0]: readonly number[]): LetterPosition => ({ partition, offset: offset as Offset });

const NO_LETTER_ID = new Problem('INVALID_ID', 'A dead letter is named by its partition and offset, such as 3-1842.');
const NO_LETTER = new Problem('NOT_FOUND', 'There is no such dead letter.');

function refusal(answer: Exclude<RedriveAnswer | DeskAnswer, 'done'>): Problem {
  if (answer === 'missing') return NO_LETTER;
  if (answer === 'taken') return new Problem('DEAD_LETTER_BUSY', undefined, { retryAfterMs: 1_000 });
  if ('at' in answer) return new Problem('ALREADY_REDRIVEN', `It was redriven ${new Date(answer.at).toISOString()} by ${answer.by}.`);
  if (answer.isTooLarge) return new Problem('DEAD_LETTER_TOO_LARGE');
  return new Problem('LOG_UNAVAILABLE', undefined, { retryAfterMs: 1_000 });
}
