import fc from 'fast-check';
import pg from 'pg';
import { ISSUER_PATTERN, SKU_ID_PATTERN, USER_ID_PATTERN } from '../domain/ids.js';
import { numberArray, textArray, wordArray } from './array-literal.js';

const RUNS = { seed: 20_260_402, numRuns: 300 };
let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client({ connectionString: process.env.FLASHSALE_DATABASE_URL });
  await client.connect();
});
afterAll(() => client?.end());

/** What PostgreSQL makes of a literal. */
async function read(literal: string, type: string): Promise<unknown[]> {
  const { rows } = await client.query(`select value from unnest($1::${type}[]) with ordinality as u (value, at) order by at`, [literal]);
  return rows.map(({ value }) => value);
}

test('texts that look like something else', async () => {
  const texts = [
    '',
    'null',
    'NULL',
    '{}',
    '{a,b}',
    '"',
    '\\',
    '\\"',
    '\\\\',
    ' padded ',
    'a,b',
    "it's",
    '\n\r\t',
    '$1',
    null,
    'ü \u{1f389}',
    '\\x41',
  ];
  expect(await read(textArray(texts), 'text')).toEqual(texts);
});

test('any text', async () => {
  // PostgreSQL's text holds no NUL, and UTF-8 no half of a surrogate pair: both are refused when a record is decoded.
  const text = fc.oneof(
    fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', '')),
    fc.array(fc.constantFrom('"', '\\', '{', '}', ',', 'null', ' ', 'a')).map((parts) => parts.join('')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), async (texts) => {
      expect(await read(textArray(texts), 'text')).toEqual(texts);
    }),
    RUNS,
  );
});

test('any number that a column takes', async () => {
  const int = fc.option(fc.integer());
  const big = fc.option(fc.maxSafeInteger());
  const float = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(int), fc.array(big), fc.array(float), async (ints, bigs, floats) => {
      expect(await read(numberArray(ints), 'int')).toEqual(ints);
      expect((await read(numberArray(bigs), 'bigint')).map((value) => (value === null ? null : Number(value)))).toEqual(bigs);
      expect((await read(numberArray(floats), 'float8')).map((value) => value === null || (value as number) + 0)).toEqual(
        floats.map((value) => value === null || value + 0),
      );
    }),
    RUNS,
  );
});

test('any word that an id may be', async () => {
  const words = [SKU_ID_PATTERN, USER_ID_PATTERN, ISSUER_PATTERN].map((pattern) => fc.stringMatching(pattern));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...words, fc.constantFrom('null', 'NULL', ''))), async (texts) => {
      expect(await read(wordArray(texts), 'text')).toEqual(texts);
    }),
    RUNS,
  );
});
