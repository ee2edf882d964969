import { allSources } from './sources.js';
import { TIDY_CHECKS } from './tidy.js';

const sources = allSources();

test('sources are found', () => {
  expect(sources.length).toBeGreaterThan(20);
});

describe.each(Object.entries(TIDY_CHECKS))('%s', (_, check) => {
  test('finds nothing in the repository', () => {
    expect(sources.flatMap(({ path, text }) => check(path, text).map((fault) => `${path} ${fault}`))).toEqual([]);
  });
});

type CheckName = keyof typeof TIDY_CHECKS;

// The words are put together here, so that no check finds them in this file.
const [TO_DO, TS_IGNORE] = [`TO${'DO'}`, `@ts-${'ignore'}`];
const [ONLY, SKIP, X_IT] = ['only', 'skip', `x${'it'}`];

describe('a planted fault is seen:', () => {
  test.each<[CheckName, string, string]>([
    ['fileLength', 'src/http/app.ts', 'let a;\n'.repeat(251)],
    ['environment', 'src/http/app.ts', 'const url = process.env.FLASHSALE_DATABASE_URL;'],
    ['environment', 'src/http/app.ts', `const url = process['env'];`],
    ['environment', 'src/http/app.ts', 'const { env } = process;'],
    ['environment', 'src/http/app.ts', `import { env } from 'node:process';`],
    ['anyType', 'src/http/app.ts', 'export function f(x: Map<string, any>) { return x; }'],
    ['silencedCompiler', 'test/flow/fifo.test.ts', `// ${TS_IGNORE}\nx();`],
    ['vagueName', 'src/http/utils.ts', ''],
    ['vagueName', 'src/common/retry.ts', ''],
    ['vagueName', 'src/log/index.ts', ''],
    ['vagueName', 'test/support/helpers.test.ts', ''],
    ['unfinished', 'src/writer/sql/commit.sql', `-- ${TO_DO}: lock`],
    ['sqlInCode', 'src/writer/load.ts', 'await pool.query(`\n  SELECT *\n  FROM skus\n  WHERE sku_id = ${id}`);'],
    ['sqlInCode', 'src/writer/load.ts', `await pool.query('select count(*) from skus');`],
    ['sqlInCode', 'src/writer/load.ts', 'await pool.query(`select 1 from ${table}`);'],
    ['sqlInCode', 'src/writer/load.ts', `await pool.query('update skus set stock = 0');`],
    ['sqlInCode', 'src/writer/load.ts', 'await pool.query(`insert into ${table} values (1)`);'],
    ['sqlInCode', 'src/writer/load.ts', 'await pool.query(`with due as (select 1) delete from holds`);'],
    ['luaInCode', 'src/admission/admit.ts', `const script = "return redis.call('GET', KEYS[1])";`],
    ['testLeftOut', 'src/domain/decide.test.ts', `test.${ONLY}('x', () => {});`],
    ['testLeftOut', 'src/domain/decide.test.ts', `describe.${SKIP}('x', () => {});`],
    ['testLeftOut', 'src/domain/decide.test.ts', `test.${SKIP}.each([1])('x', () => {});`],
    ['testLeftOut', 'src/domain/decide.test.ts', `${X_IT}('x', () => {});`],
  ])('%s in %s', (name, path, text) => {
    expect(TIDY_CHECKS[name](path, text)).toHaveLength(1);
  });

  test.each<[CheckName, string, string]>([
    ['fileLength', 'src/http/app.ts', 'let a;\n'.repeat(250)],
    ['environment', 'src/config.ts', 'const url = process.env.FLASHSALE_DATABASE_URL;'],
    ['environment', 'src/http/app.ts', `throw new Error('set it in process.env');`],
    ['anyType', 'src/http/app.ts', '// any of them: any\nconst any = 1;'],
    ['vagueName', 'src/http/routes/reservations.ts', ''],
    ['sqlInCode', 'src/connections/postgres.ts', `await client.query('SELECT 1');`],
    ['sqlInCode', 'src/connections/postgres.ts', `await client.query('select extract(epoch from clock_timestamp())');`],
    ['sqlInCode', 'src/catalogue/skus.ts', 'const message = `update of ${sku} came from the console, set by hand`;'],
    ['sqlInCode', 'src/writer/sql/commit.sql', 'INSERT INTO ledger VALUES ($1);'],
    ['luaInCode', 'src/admission/admit.lua', `return redis.call('GET', KEYS[1])`],
    ['testLeftOut', 'src/domain/decide.test.ts', `test.each([1])('only one, skip none', () => {});`],
  ])('but not %s in %s', (name, path, text) => {
    expect(TIDY_CHECKS[name](path, text)).toEqual([]);
  });
});
