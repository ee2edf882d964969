import type { Request, RequestHandler } from 'express';
import type { z } from 'zod';
import { authenticate, type Identity } from './authenticate.js';
import { Problem } from './problem.js';
import { parseQuery, queryOf } from './query.js';
import { type Answer, sendProblem } from './respond.js';
import type { Credentials, Scope } from './services.js';

/** Answers a request itself, or returns the problem that is the answer. */
type Handler = (req: Request, res: Answer) => Promise<Problem | undefined>;
type IdentifiedHandler = (req: Request, res: Answer, identity: Identity) => Promise<Problem | undefined>;

/** A route that anyone may call. It takes no query parameters. */
export function openTo(handler: Handler): RequestHandler {
  return async (req, res) => {
    const answer = res as Answer;
    const problem = queryProblem(req) ?? (await handler(req, answer));
    if (problem !== undefined) sendProblem(answer, problem);
  };
}

/** A route for callers with a scope. Who they are is asked before anything else about the request. It takes no query parameters. */
export function openToScope(credentials: Credentials, scope: Scope, handler: IdentifiedHandler): RequestHandler {
  return async (req, res) => {
    const answer = res as Answer;
    const identity = await authenticate(credentials, req, scope);
    const problem = identity instanceof Problem ? identity : (queryProblem(req) ?? (await handler(req, answer, identity)));
    if (problem !== undefined) sendProblem(answer, problem);
  };
}

/** The same, and its query is as the schema says. */
export function queryOpenToScope<Query>(
  credentials: Credentials,
  scope: Scope,
  schema: z.ZodType<Query>,
  handler: (req: Request, res: Answer, identity: Identity, query: Query) => Promise<Problem | undefined>,
): RequestHandler {
  return async (req, res) => {
    const answer = res as Answer;
    const identity = await authenticate(credentials, req, scope);
    const query = identity instanceof Problem ? identity : parseQuery(schema, req);
    const problem =
      identity instanceof Problem ? identity : query instanceof Problem ? query : await handler(req, answer, identity, query as Query);
    if (problem !== undefined) sendProblem(answer, problem);
  };
}

/** A parameter nobody reads is a mistake of the caller's that would otherwise stay unnoticed. */
const queryProblem = (req: Request): Problem | undefined =>
  queryOf(req) === null ? undefined : new Problem('INVALID_QUERY', 'This route takes no query parameters.');

/** For every method that a known path does not have. */
export function methodNotAllowed(allow: string): RequestHandler {
  const problem = new Problem('METHOD_NOT_ALLOWED', `This path has ${allow}.`, { headers: { Allow: allow } });
  return (_req, res) => sendProblem(res as Answer, problem);
}
