import type { Request } from 'express';
import type { z } from 'zod';
import { Problem } from './problem.js';
import { issuesProblem } from './schemas.js';

/** Enough for every route; more are nobody's honest request. */
const MAX_PARAMETERS = 16;

/** The text behind the question mark; null where there is none. */
export function queryOf({ url }: Pick<Request, 'url'>): string | null {
  const start = url.indexOf('?');
  return start === -1 || start === url.length - 1 ? null : url.slice(start + 1);
}

/** The query as the schema has it, or a Problem that names what is wrong with it. A parameter nobody reads would be a mistake unnoticed. */
export function parseQuery<T>(schema: z.ZodType<T>, req: Pick<Request, 'url'>): T | Problem {
  const given = new Map<string, string>();
  const parameters = new URLSearchParams(queryOf(req) ?? '');
  if (parameters.size > MAX_PARAMETERS) return new Problem('INVALID_QUERY', `A query has at most ${MAX_PARAMETERS} parameters.`);
  for (const [name, value] of parameters) {
    if (given.has(name)) return new Problem('INVALID_QUERY', `${JSON.stringify(name.slice(0, 64))} was sent twice.`);
    given.set(name, value);
  }
  // Without a prototype: the caller chooses the names.
  const query = Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(given));
  const result = schema.safeParse(query);
  return result.success ? result.data : issuesProblem(result.error, query, { otherwise: 'INVALID_QUERY', part: 'parameter' });
}

/** The same question, but for these parameters (RFC 8288). */
export function nextLink({ url, path }: Pick<Request, 'url' | 'path'>, change: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams(queryOf({ url }) ?? '');
  for (const [name, value] of Object.entries(change)) parameters.set(name, value);
  return `<${path}?${parameters}>; rel="next"`;
}
