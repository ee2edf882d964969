// The second half of `npm run build`: what the compiler does not copy goes to the same place in dist/, and what has
// no source any more leaves dist/, so that a removed migration or command is really gone.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { checkout } from './checkout.mjs';

const folders = ['src', 'db', 'loadtest'];
const assetTypes = new Set(['.sql', '.lua', '.json', '.html', '.css', '.svg', '.txt', '.yaml', '.yml']);
const compiledSuffixes = /(\.d)?\.(js|mjs)(\.map)?$/;
const dist = join(checkout, 'dist');

for (const folder of folders) {
  for (const path of filesBelow(join(checkout, folder))) if (assetTypes.has(extname(path))) copyAsset(path);
}
for (const folder of [...folders, 'infra', 'clients']) {
  for (const path of filesBelow(join(dist, folder))) if (!hasSource(path)) rmSync(path);
}

/** @param {string} path */
function copyAsset(path) {
  const copy = join(dist, relative(checkout, path));
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(path, copy);
}

/** @param {string} path in dist */
function hasSource(path) {
  const source = join(checkout, relative(dist, path));
  if (existsSync(source)) return true;
  const stem = source.replace(compiledSuffixes, '');
  return ['.ts', '.mts', '.js', '.mjs'].some((type) => existsSync(stem + type));
}

/** @param {string} folder */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !(entry.parentPath ?? entry.path).includes('node_modules'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
