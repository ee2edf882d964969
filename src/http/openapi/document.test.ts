import { Validator } from '@seriousme/openapi-schema-validator';
import request from 'supertest';
import { schemaFaults } from '../fixtures/document-schemas.js';
import { fixture } from '../fixtures/services.js';
import { PROBLEM_CODES } from '../problem-table.js';
import { OPENAPI } from '../routes/openapi.js';
import { problemsOf } from './common-problems.js';
import { templateOf } from './document.js';
import { OPERATIONS } from './operations.js';

const documented = OPERATIONS.map(({ method, path }) => `${method} ${path}`);

/** What Express would call, without the answer to all other methods. */
function routed(): string[] {
  const routes = fixture().app.router.stack.flatMap(({ route }) => route ?? []);
  return routes.flatMap(({ path, stack }) => stack.flatMap(({ method }) => (method === undefined ? [] : [`${method} ${path}`])));
}

test('is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(JSON.parse(JSON.stringify(OPENAPI)))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

test('has an operation for every route, and a route for every operation', () => {
  expect([...documented].sort()).toEqual(routed().sort());
});

test('every other method of every path is 405 with what the document has', async () => {
  for (const path of new Set(OPERATIONS.map((operation) => operation.path))) {
    // That Allow is what the document has is checked of every answer.
    const res = await request(fixture().app).delete(path);
    expect([path, res.status, res.body.code]).toEqual([path, 405, 'METHOD_NOT_ALLOWED']);
  }
});

test('names each operation once', () => {
  const ids = OPERATIONS.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
});

test('every problem is an answer of some operation', () => {
  // NOT_DUE is told to the service itself, METHOD_NOT_ALLOWED by no operation.
  const known = new Set([...OPERATIONS.flatMap(problemsOf), 'NOT_DUE', 'METHOD_NOT_ALLOWED']);
  expect(PROBLEM_CODES.filter((code) => !known.has(code))).toEqual([]);
});

describe.each(OPERATIONS.map((operation) => [operation.id, operation] as const))('%s', (_, { method, path }) => {
  const operation = OPENAPI.paths[templateOf(path)]?.[method];
  const place = ['paths', templateOf(path), method];

  test('every answer with a body has an example, which is one', () => {
    for (const [status, { content = {} }] of Object.entries(operation?.responses ?? {})) {
      for (const [type, { example, examples }] of Object.entries(content)) {
        const values = Object.keys(examples ?? {}).map((name) => OPENAPI.components.examples[name]?.value);
        const own = type === 'text/html' ? [] : [example];
        for (const value of examples === undefined ? own : values)
          expect([status, schemaFaults([...place, 'responses', status, 'content', type, 'schema'], value)]).toEqual([status, []]);
      }
    }
  });

  test('so has its body', () => {
    const media = operation?.requestBody?.content['application/json'];
    const faults =
      media === undefined ? [] : schemaFaults([...place, 'requestBody', 'content', 'application/json', 'schema'], media.example);
    expect(faults).toEqual([]);
  });
});

test('the examples of headers and parameters are such', () => {
  const { headers, parameters } = OPENAPI.components;
  for (const [part, components] of Object.entries({ headers, parameters })) {
    for (const [name, { example }] of Object.entries(components))
      expect([name, schemaFaults(['components', part, name, 'schema'], example)]).toEqual([name, []]);
  }
});
