import { z } from 'zod';
import { problemSchema } from '../problem-schema.js';
import { reservationSchema } from '../reservation-json.js';
import type { JsonSchema } from './document-types.js';
import type { Operation } from './operation.js';

const REFERENCES = '#/components/schemas/';
type Side = 'input' | 'output';

/** `pattern`s that say no more than their `format` does, at length, are left out. */
const SAID_BY_FORMAT = new Set<unknown>(['date-time', 'uuid']);

/**
 * Bodies are closed, as they are checked. Answers are open: a member that is added is no breaking change, and a client that goes by this
 * document must not refuse it.
 */
function convert(side: Side) {
  return {
    io: side,
    unrepresentable: 'any',
    override: ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
      if (SAID_BY_FORMAT.has(jsonSchema.format)) delete jsonSchema.pattern;
      if (jsonSchema.pattern !== undefined) jsonSchema.pattern = withoutClasses(jsonSchema.pattern);
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (side === 'output') delete jsonSchema.additionalProperties;
      if (jsonSchema.wholeNumber !== undefined) asWholeNumber(jsonSchema);
    },
  } as const;
}

/** Not every reader's regular expressions know Unicode's classes, and no text of theirs has half a character. */
const withoutClasses = (pattern: string): string =>
  pattern.replaceAll('\\p{Cc}', '\\u0000-\\u001f\\u007f-\\u009f').replaceAll('\\p{Cs}', '');

/** A text of a query that is read as a number: `wholeNumber` of its `.meta` says which. */
function asWholeNumber(jsonSchema: z.core.JSONSchema.BaseSchema): void {
  Object.assign(jsonSchema, jsonSchema.wholeNumber, { type: 'integer' });
  delete jsonSchema.pattern;
  delete jsonSchema.wholeNumber;
}

/** Every schema that has a name, as a component of the document. */
export function schemaComponents(operations: readonly Operation[]): Record<string, JsonSchema> {
  const bodies = operations.flatMap(({ body }) => (body === undefined ? [] : [body.schema]));
  const answers = operations.flatMap((operation) => Object.values(operation.answers).flatMap(({ schema }) => schema ?? []));
  return { ...named([problemSchema, reservationSchema, ...answers], 'output'), ...named(bodies, 'input') };
}

function named(schemas: readonly z.ZodType[], side: Side): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const schema of new Set(schemas)) registry.add(schema, { id: idOf(schema) });
  const converted = z.toJSONSchema(registry, { ...convert(side), uri: (id) => `${REFERENCES}${id}` }).schemas;
  return Object.fromEntries(
    Object.entries(converted).map(([id, schema]) => [id, withoutAddress(schema as JsonSchema, schemaOf(schemas, id))]),
  );
}

/** Where it is in the document says what it is called. */
function withoutAddress({ $schema, $id, id, ...schema }: JsonSchema, source: z.ZodType | undefined): JsonSchema {
  const description = source?.meta()?.description;
  return description === undefined ? schema : { description, ...schema };
}

const schemaOf = (schemas: readonly z.ZodType[], id: string) => schemas.find((schema) => idOf(schema) === id);

/** @throws for a schema without a name */
function idOf(schema: z.ZodType): string {
  const id = schema.meta()?.id;
  if (typeof id !== 'string') throw new Error('a schema of a body or an answer has no name: add .meta({ id })');
  return id;
}

export const schemaReference = (schema: z.ZodType): JsonSchema => ({ $ref: `${REFERENCES}${idOf(schema)}` });

/** Each parameter of a query, and whether it must be there. */
export function queryParameters(query: z.ZodObject): { name: string; required: boolean; schema: JsonSchema }[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, convert('input'));
  return Object.entries(properties).map(([name, schema]) => ({ name, required: required.includes(name), schema: schema as JsonSchema }));
}
