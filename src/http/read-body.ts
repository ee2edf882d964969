import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { readJsonBody, readOptionalJsonBody } from './body.js';
import { Problem } from './problem.js';
import { parseBody } from './schemas.js';

/** The request's body, as the schema has it. */
export async function readBody<T>(req: IncomingMessage, schema: z.ZodType<T>): Promise<T | Problem> {
  const json = await readJsonBody(req);
  return json instanceof Problem ? json : parseBody(schema, json);
}

/** The same; without a body, an empty object is looked at. */
export async function readOptionalBody<T>(req: IncomingMessage, schema: z.ZodType<T>): Promise<T | Problem> {
  const json = await readOptionalJsonBody(req);
  return json instanceof Problem ? json : parseBody(schema, json);
}
