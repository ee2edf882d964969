import { allSources } from './sources.js';
import { misplacedValueImports, valueImports } from './value-imports.js';

test('libraries are imported as values only where they belong', () => {
  const wrong = allSources().flatMap(({ path, text }) => misplacedValueImports(path, text).map((fault) => `${path} ${fault}`));
  expect(wrong).toEqual([]);
});

describe('a planted violation is seen:', () => {
  test.each([
    ['a driver in a station', 'src/log/publish.ts', `import { Kafka } from 'kafkajs';`],
    ['a driver in a role', 'src/roles/api.ts', `import pg from 'pg';`],
    ['a driver for its side effects', 'src/writer/load.ts', `import { type Pool } from 'pg';`],
    ['a part of a driver', 'src/cli/keys.ts', `import { Redis } from 'ioredis/built/Redis.js';`],
    ['a driver loaded late', 'src/catalogue/skus.ts', `const { default: knex } = await import('knex');`],
    ['a driver passed on', 'src/status/read.ts', `export { Redis } from 'ioredis';`],
    ['a whole driver passed on', 'src/status/read.ts', `export * from 'ioredis';`],
    ['express outside of http', 'src/writer/load.ts', `import express from 'express';`],
    ['the configuration read by a station', 'src/http/app.ts', `import { readConfig } from '../config.js';`],
    ['the configuration read by the domain', 'src/domain/decide.ts', `import { readConfig } from '../config.js';`],
  ])('%s', (_, path, text) => {
    expect(misplacedValueImports(path, text)).toHaveLength(1);
  });

  test.each([
    ["a driver's type", 'src/log/publish.ts', `import type { Kafka } from 'kafkajs';`],
    ['a driver in connections', 'src/connections/kafka.ts', `import { Kafka } from 'kafkajs';`],
    ['the type of a configuration', 'src/http/app.ts', `import type { Config } from '../config.js';`],
    ['the configuration read by a role', 'src/roles/api.ts', `import { readConfig } from '../config.js';`],
    ['a driver in a test', 'src/writer/commit.test.ts', `import pg from 'pg';`],
    ['the name in a comment or a string', 'src/writer/load.ts', `// import pg from 'pg'\nexport const hint = "import pg from 'pg'";`],
  ])('but not %s', (_, path, text) => {
    expect(misplacedValueImports(path, text)).toEqual([]);
  });
});

test('type imports are told from value imports', () => {
  const text = `import type { A } from 'a'; import { type B } from 'b'; export type { C } from 'c'; import d from 'd'; export { e } from 'e';`;
  expect(valueImports(text)).toEqual(['b', 'd', 'e']);
});
