import { lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { restoreSymlinks } from './postgres-binaries.mjs';
import { scratchFolders } from './testing/scratch.js';

const scratchFolder = scratchFolders(afterAll);

test('missing and broken links come back, good ones stay', () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'native/lib'), { recursive: true });
  writeFileSync(join(folder, 'native/lib/libx.so.1.2'), 'library');
  const links = ['missing.so', 'broken.so', 'good.so'].map((name) => ({ source: 'native/lib/libx.so.1.2', target: `native/lib/${name}` }));
  // One goes to another folder.
  links.push({ source: 'native/lib/libx.so.1.2', target: 'native/deep/er/far.so' });
  writeFileSync(join(folder, 'native/pg-symlinks.json'), JSON.stringify(links));
  symlinkSync('nowhere', join(folder, 'native/lib/broken.so'));
  symlinkSync('./libx.so.1.2', join(folder, 'native/lib/good.so'));

  restoreSymlinks(folder);
  restoreSymlinks(folder);

  for (const { target } of links) {
    expect(lstatSync(join(folder, target)).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, target), 'utf8')).toBe('library');
  }
  expect(readlinkSync(join(folder, 'native/lib/good.so'))).toBe('./libx.so.1.2');
});

test('a package without a list of links needs none', () => {
  expect(() => restoreSymlinks(scratchFolder())).not.toThrow();
});
