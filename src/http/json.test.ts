import { parseStrictJson } from './json.js';
import { Problem } from './problem.js';

const parse = (text: string) => parseStrictJson(Buffer.from(text));

test.each([
  '{"__proto__":{"admin":true}}',
  '{"\\u005f_proto__":1}',
  '{"a":[{"__proto__":1}]}',
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":2}',
  '{"a":{"b":1,"b":2}}',
  '{"a":[{"b":1,"b":2}]}',
  '{"a":[[[[[[[[1]]]]]]]]}',
])('refuses %s', (text) => {
  const result = parse(text);
  expect(result).toBeInstanceOf(Problem);
  expect(result).toMatchObject({ code: 'INVALID_BODY' });
});

test.each([
  '{}',
  '{"a":"x:y{[\\"b\\":1,"}',
  '{"a\\\\":"\\\\","b":"\\\\\\""}',
  '{"a":{"b":1},"c":{"b":1}}',
  '{"a":[[[[[[[1]]]]]]]}',
  '{"schön":"größe"}',
])('reads %s like JSON.parse', (text) => {
  expect(parse(text)).toEqual(JSON.parse(text));
});
