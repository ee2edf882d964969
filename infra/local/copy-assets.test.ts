import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bareCheckout, scratchFolders } from './testing/scratch.js';

const scratchFolder = scratchFolders(afterAll);
const checkout = bareCheckout(scratchFolder());

function write(path: string, text = path): void {
  mkdirSync(dirname(join(checkout, path)), { recursive: true });
  writeFileSync(join(checkout, path), text);
}

test('assets arrive at the same place, sources do not, and what has lost its source leaves', () => {
  const assets = [
    'src/writer/sql/commit.sql',
    'src/admission/admit.lua',
    'loadtest/baselines/box.json',
    'src/console/page.html',
    'src/console/page.css',
  ];
  for (const path of [...assets, 'src/main.ts', 'infra/local/x.mjs', 'db/migrations/1.ts']) write(path);
  const compiled = ['dist/src/main.js', 'dist/src/main.js.map', 'dist/infra/local/x.mjs', 'dist/db/migrations/1.js'];
  const orphans = ['dist/src/old.js', 'dist/src/old.js.map', 'dist/db/migrations/0.js', 'dist/src/old.sql', 'dist/infra/local/y.mjs'];
  for (const path of [...compiled, ...orphans]) write(path);

  const { status, stderr } = spawnSync(process.execPath, [join(checkout, 'infra/local/copy-assets.mjs')], { encoding: 'utf8' });

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const path of assets) expect(readFileSync(join(checkout, 'dist', path), 'utf8')).toBe(path);
  expect(compiled.filter((path) => !existsSync(join(checkout, path)))).toEqual([]);
  expect(orphans.filter((path) => existsSync(join(checkout, path)))).toEqual([]);
  expect(existsSync(join(checkout, 'dist/src/main.ts'))).toBe(false);
});
