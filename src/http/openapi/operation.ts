import type { z } from 'zod';
import type { ProblemCode } from '../problem-table.js';
import type { Scope } from '../services.js';
import type { AnswerHeader } from './answer-headers.js';
import type { RequestHeader } from './request-headers.js';

/** The headings under which operations are listed, in this order. */
export const TAGS = {
  Reservations: 'A buyer claims units of a SKU, and what becomes of that.',
  SKUs: 'What anybody may ask about what is on sale.',
  Operators: 'What is on sale, how much of it, and what was decided.',
  Service: 'The process itself, and its descriptions.',
} as const;

/** A success. Problems are derived from the codes that an operation names. */
export interface SuccessAnswer {
  readonly description: string;
  /** Left out where there is no body. */
  readonly type?: 'application/json' | 'text/event-stream' | 'text/html';
  /** Named by `.meta({ id })`. Of a stream: what each event holds. Left out for a page. */
  readonly schema?: z.ZodType;
  readonly example?: unknown;
  readonly headers?: readonly AnswerHeader[];
  /** Headers that only some of these answers have. */
  readonly mayHave?: readonly AnswerHeader[];
}

/** One operation, next to what its route does. What every route has in common is added by the document. */
export interface Operation {
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'patch';
  /** As Express has it: `/v1/skus/:skuId/availability`. */
  readonly path: string;
  readonly id: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
  /** Who may call; null: anybody. */
  readonly scope: Scope | null;
  readonly query?: z.ZodObject;
  readonly headers?: readonly RequestHeader[];
  readonly body?: { readonly schema: z.ZodType; readonly isOptional?: boolean; readonly example: unknown };
  /** Headers that any of its answers may have, problems too. */
  readonly mayHave?: readonly AnswerHeader[];
  readonly answers: Readonly<Record<number, SuccessAnswer>>;
  /** Beyond those of every route, of every route with a body, and of every route that asks who calls. */
  readonly problems: readonly ProblemCode[];
}
