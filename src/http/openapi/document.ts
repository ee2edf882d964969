import { type AnswerHeader, answerHeaders, headerComponents } from './answer-headers.js';
import { problemsOf } from './common-problems.js';
import type {
  JsonSchema,
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  PathItem,
  Reference,
  ResponseObject,
} from './document-types.js';
import { queryParameters, schemaComponents, schemaReference } from './json-schemas.js';
import { type Operation, type SuccessAnswer, TAGS } from './operation.js';
import { PATH_PARAMETERS } from './path-parameters.js';
import { problemAnswers, problemExamples } from './problem-answers.js';
import { REQUEST_HEADERS } from './request-headers.js';

const DESCRIPTION = `Who gets a unit when thousands want one, in the order in which their requests entered a log.

JSON in UTF-8, camelCase, times in RFC 3339 and UTC. Every answer that is not success is \`application/problem+json\` (RFC 9457): programs go by its \`code\`.
A path that exists answers any other method with 405 and \`Allow\`; HEAD is answered like GET, without a body. Every answer has helmet's security headers.
Answers may get further members in time: ignore what you do not know.`;

/** OpenAPI 3.1 of these operations. The schemas are those that validate, so that what is said here is what is done. */
export function openApiDocument(operations: readonly Operation[]): OpenApiDocument {
  return {
    openapi: '3.1.1',
    info: { title: 'Flashsale', version: '1', description: DESCRIPTION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: pathsOf(operations),
    components: {
      schemas: schemaComponents(operations),
      parameters: Object.fromEntries(
        Object.entries(REQUEST_HEADERS).map(([name, header]) => [componentName(name), parameterOf(name, header)]),
      ),
      headers: headerComponents(),
      examples: problemExamples(),
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'fsk_...',
          description: 'An API key of a storefront (scope reserve) or an operator (scope admin).',
        },
        buyerToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A token of one buyer: its `sub` is the `userId`.',
        },
      },
    },
  };
}

function pathsOf(operations: readonly Operation[]): Record<string, PathItem> {
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const operation of operations) {
    const path = templateOf(operation.path);
    paths[path] ??= {};
    paths[path][operation.method] = operationObject(operation);
  }
  return paths;
}

/** `/v1/skus/:skuId` as OpenAPI writes it: `/v1/skus/{skuId}`. */
export const templateOf = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

function operationObject(operation: Operation): OperationObject {
  const { id, tag, summary, description, scope, body } = operation;
  // Whatever is answered after a wait says that it was one.
  const waited: AnswerHeader[] = operation.headers?.includes('Prefer') ? ['Preference-Applied'] : [];
  const always = [...waited, ...(operation.mayHave ?? [])];
  const successes = Object.entries(operation.answers).map(([status, answer]) => [status, successAnswer(answer, always)] as const);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: securityOf(scope),
    parameters: parametersOf(operation),
    ...(body !== undefined && {
      requestBody: {
        required: body.isOptional !== true,
        content: { 'application/json': { schema: schemaReference(body.schema), example: body.example } },
      },
    }),
    responses: Object.fromEntries([...successes, ...problemAnswers(problemsOf(operation), always)]),
  };
}

function securityOf(scope: Operation['scope']): OperationObject['security'] {
  if (scope === null) return [];
  return scope === 'admin' ? [{ apiKey: [] }] : [{ apiKey: [] }, { buyerToken: [] }];
}

function parametersOf({ path, query, headers = [] }: Operation): (ParameterObject | Reference)[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = '']): ParameterObject => {
    const parameter = PATH_PARAMETERS[name];
    if (parameter === undefined) throw new Error(`what ":${name}" of ${path} may be is not said in path-parameters.ts`);
    return { name, in: 'path', required: true, ...parameter, schema: parameter.schema as JsonSchema };
  });
  const inQuery = query === undefined ? [] : queryParameters(query).map((parameter) => queryParameter(parameter));
  const inHeaders = [...headers, 'X-Request-Id'].map((name): Reference => ({ $ref: `#/components/parameters/${componentName(name)}` }));
  return [...inPath, ...inQuery, ...inHeaders];
}

function queryParameter({
  name,
  required,
  schema: { description = '', ...schema },
}: ReturnType<typeof queryParameters>[number]): ParameterObject {
  return { name, in: 'query', required, description: String(description), schema };
}

const componentName = (header: string): string => header.replace('?', '.optional');

function parameterOf(name: string, header: Omit<ParameterObject, 'name' | 'in'>): ParameterObject {
  return { name: name.replace('?', ''), in: 'header', ...header };
}

function successAnswer(
  { description, type, schema, example, headers = [], mayHave = [] }: SuccessAnswer,
  always: AnswerHeader[],
): ResponseObject {
  const mediaType = type ?? (schema === undefined ? undefined : 'application/json');
  return {
    description,
    headers: answerHeaders(['X-Request-Id', ...headers], [...mayHave, ...always]),
    ...(mediaType !== undefined && {
      content: { [mediaType]: { schema: contentSchema(mediaType, schema), ...(example !== undefined && { example }) } },
    }),
  };
}

/** Of a stream: what each of its events is. */
function contentSchema(mediaType: string, schema: SuccessAnswer['schema']): JsonSchema {
  if (mediaType === 'application/json') return schema === undefined ? { type: 'object' } : schemaReference(schema);
  return schema === undefined ? { type: 'string' } : eventSchema(schema);
}

function eventSchema(schema: NonNullable<SuccessAnswer['schema']>): JsonSchema {
  const data = { type: 'string', contentMediaType: 'application/json', contentSchema: schemaReference(schema) };
  return { type: 'object', properties: { id: { type: 'string', pattern: '^\\d+$' }, data }, required: ['id', 'data'] };
}
