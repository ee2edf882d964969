import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bareCheckout, scratchFolders, writeProgram } from './testing/scratch.js';

const scratchFolder = scratchFolders(afterAll);

const lock = JSON.stringify({
  packages: {
    '': { name: 'flashsale' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/elsewhere': { version: '2.0.0', integrity: 'sha512-b', optional: true },
  },
});
const installed = JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } } });
const outdated = JSON.stringify({ packages: { 'node_modules/a': { version: '0.9.0', integrity: 'sha512-0' } } });

/** A checkout with that in node_modules (null: none) and an npm that notes what it is asked, then does as the lines say. */
function checkoutWith(there: string | null, npm: string[] = []) {
  const folder = bareCheckout(scratchFolder());
  const note = join(folder, 'node_modules/.package-lock.json');
  const asked = join(folder, 'asked');
  writeFileSync(join(folder, 'package-lock.json'), lock);
  if (there !== null) {
    mkdirSync(join(folder, 'node_modules'));
    writeFileSync(note, there);
  }
  writeProgram(join(folder, 'bin/npm'), [`echo "$1" >> ${asked}`, ...npm]);
  const code = `import { installPackages } from ${JSON.stringify(join(folder, 'infra/local/npm-packages.mjs'))}; await installPackages();`;
  const install = () =>
    spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` },
    });
  return { install, folder, asked: () => (existsSync(asked) ? readFileSync(asked, 'utf8').split('\n').slice(0, -1) : []) };
}

test('packages that satisfy the lock are only stamped; those of other platforms may be absent', () => {
  const { install, asked } = checkoutWith(installed);
  expect(install()).toMatchObject({ status: 0, stdout: '' });
  expect(asked()).toEqual([]);
});

test.each([
  ['no packages', null],
  ['packages of another lock', outdated],
])('%s: npm ci, once', (_what, there) => {
  const { install, asked, folder } = checkoutWith(there, ['mkdir -p node_modules', 'cp good node_modules/.package-lock.json']);
  writeFileSync(join(folder, 'good'), installed);
  expect(install()).toMatchObject({ status: 0, stderr: '' });
  expect(install()).toMatchObject({ status: 0, stdout: '' });
  expect(asked()).toEqual(['ci']);
});

test('a lock that a registry left incomplete is installed by npm install', () => {
  const { install, asked } = checkoutWith(null, ['case "$1" in ci) echo "npm error Missing: x-darwin@ from lock file" >&2; exit 1;; esac']);
  expect(install().status).toBe(0);
  expect(asked()).toEqual(['ci', 'install']);
});

test('any other failure of npm ends the set-up and shows its cause', () => {
  const { install, asked } = checkoutWith(null, ['echo "npm error code ENOTFOUND" >&2', 'exit 1']);
  const { status, stderr } = install();
  expect(status).not.toBe(0);
  expect(stderr).toContain('npm error code ENOTFOUND');
  expect(asked()).toEqual(['ci']);
});
