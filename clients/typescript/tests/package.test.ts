import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PACKAGE = 'clients/typescript';
let folder: string;
/** Where a shop has installed what `npm pack` makes. */
let installed: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'client-'));
  // A copy, so that nothing is built in the checkout while other tests read it.
  for (const part of ['src', 'LICENSE', 'README.md', 'package.json', 'tsconfig.json'])
    cpSync(join(PACKAGE, part), join(folder, PACKAGE, part), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  // What was built before must not be packed again.
  mkdirSync(join(folder, PACKAGE, 'dist'));
  writeFileSync(join(folder, PACKAGE, 'dist', 'gone.js'), '');
  const { stdout } = await run('npm', ['pack', `./${PACKAGE}`, '--silent'], { cwd: folder });
  installed = join(folder, 'shop', 'node_modules', '@flashsale', 'client');
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', join(folder, stdout.trim()), '-C', installed, '--strip-components', '1']);
});

afterAll(() => rmSync(folder, { recursive: true }));

test('it is built when it is packed, and a plain Node loads it without any package', async () => {
  const text = `import * as client from '@flashsale/client'; console.log(Object.keys(client).join())`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', text], { cwd: join(folder, 'shop') });
  expect(stdout.trim()).toBe(
    'ConnectionError,DeadlineError,FlashsaleClient,FlashsaleError,PROBLEM_CODES,ProblemError,TokenError,UnexpectedAnswerError,isFinal,isProblem',
  );
});

test('its types compile with those of a browser alone, and say what a shop needs', async () => {
  const text = `import { FlashsaleClient, isProblem } from '@flashsale/client';
    const shop = new FlashsaleClient({ baseUrl: 'https://shop.example', token: async () => 't' });
    export async function buy(): Promise<string> {
      try {
        const asked = await shop.submit({ skuId: 'sneaker-42' });
        if (asked.status === 'QUEUED') return \`\${asked.queue?.position}\`;
        const { expiresAt } = await shop.extend(asked.reservationId, { idempotencyKey: 'extend-1' });
        return expiresAt;
      } catch (error) {
        if (isProblem(error, 'SOLD_OUT')) return error.detail;
        throw error;
      }
    }`;
  writeFileSync(join(folder, 'shop', 'shop.mts'), text);
  const flags = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,dom', '--types', ''];
  await run(process.execPath, [join(process.cwd(), 'node_modules/typescript/bin/tsc'), ...flags, 'shop.mts'], {
    cwd: join(folder, 'shop'),
  });
});

test('it holds JavaScript and types of every module, nothing that was built before, and points to nothing else', () => {
  const packed = readdirSync(join(installed, 'dist')).sort();
  const modules = readdirSync(join(PACKAGE, 'src')).map((file) => file.replace(/\.ts$/, ''));
  expect(packed).toEqual(modules.flatMap((module) => [`${module}.d.ts`, `${module}.js`]).sort());
  expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
  expect(readFileSync(join(installed, 'LICENSE'), 'utf8')).toBe(readFileSync('LICENSE', 'utf8'));
  for (const file of packed) expect(readFileSync(join(installed, 'dist', file), 'utf8')).not.toContain('sourceMappingURL');
});

test('it depends on nothing', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${PACKAGE}/package.json`, 'utf8')) as Record<string, unknown>;
  expect([dependencies, peerDependencies]).toEqual([undefined, undefined]);
});
