import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkout } from '../checkout.mjs';

/**
 * A maker of folders that are gone after the tests of the file.
 * @param atEnd jest's afterAll, which can be called from outside a test only
 */
export function scratchFolders(atEnd: (remove: () => void) => void): () => string {
  const folders: string[] = [];
  atEnd(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flashsale-test-')));
    folders.push(folder);
    return folder;
  };
}

/** Makes the folder a clone with the launcher and nothing installed. */
export function bareCheckout(folder: string): string {
  cpSync(join(checkout, 'infra/local'), join(folder, 'infra/local'), { recursive: true });
  cpSync(join(checkout, 'package.json'), join(folder, 'package.json'));
  return folder;
}

export function writeProgram(path: string, lines: string[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${lines.join('\n')}\n`);
  chmodSync(path, 0o755);
}
