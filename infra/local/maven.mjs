import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { checkout } from './checkout.mjs';
import { lockWhenFree } from './lock.mjs';
import { runTool } from './run-tool.mjs';
import { say } from './say.mjs';

const pom = join(checkout, 'infra/local/pom.xml');

/**
 * Fills a folder by a goal of Maven's dependency plugin: aside first, then renamed into place, so that a folder that is
 * there is complete.
 * @param {string} folder
 * @param {readonly string[]} goal
 */
export async function fillByMaven(folder, goal) {
  mkdirSync(dirname(folder), { recursive: true });
  removeDrafts(folder);
  const draft = mkdtempSync(join(dirname(folder), `${basename(folder)}.`));
  // Maven 3 does not lock its local repository, which all checkouts of a user share.
  const lock = await lockWhenFree(join(tmpdir(), `flashsale-maven-${userInfo().uid}.lock`), 'maven', () =>
    say('  ... waiting for another Flashsale checkout that is using Maven'),
  );
  try {
    await runTool('mvn', ['-q', '-B', '-f', pom, ...goal, `-DoutputDirectory=${draft}`], { killAfterMs: 2_000 });
    if (!existsSync(folder)) renameSync(draft, folder);
  } finally {
    lock.release();
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * What a killed run left; the set-up's lock keeps everybody else out of here.
 * @param {string} folder
 */
function removeDrafts(folder) {
  for (const name of readdirSync(dirname(folder))) {
    if (new RegExp(`^${basename(folder)}\\.\\w{6}$`).test(name)) rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}
