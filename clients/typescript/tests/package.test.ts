import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PACKAGE = 'clients/typescript';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'client-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

test('it compiles with the types of a browser alone, and a plain Node loads it without any package', async () => {
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', PACKAGE, '--outDir', join(folder, 'dist')]);
  symlinkSync(join(process.cwd(), PACKAGE, 'package.json'), join(folder, 'package.json'));
  const text = `import * as client from ${JSON.stringify(join(folder, 'dist/flashsale.js'))}; console.log(Object.keys(client).join())`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', text], { cwd: folder });
  expect(stdout.trim()).toBe(
    'ConnectionError,DeadlineError,FlashsaleClient,FlashsaleError,PROBLEM_CODES,ProblemError,TokenError,UnexpectedAnswerError,isFinal,isProblem',
  );
  expect(readFileSync(join(folder, 'dist/flashsale.d.ts'), 'utf8')).toContain('type Reservation');
});

test('it depends on nothing', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${PACKAGE}/package.json`, 'utf8')) as Record<string, unknown>;
  expect([dependencies, peerDependencies]).toEqual([undefined, undefined]);
});
