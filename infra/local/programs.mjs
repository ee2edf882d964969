import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { stateFolder } from './checkout.mjs';

/**
 * @param {string} name
 * @returns {string | null} the program's path
 */
export function findProgram(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder && isExecutable(join(folder, name))) return join(folder, name);
  }
  return null;
}

/** Where programs go that are built here because the machine has none. */
export const builtPrograms = join(stateFolder, 'bin');

/**
 * @param {string} name
 * @returns {string | null} the machine's own, or else the one that an earlier run has built
 */
export function findOrBuilt(name) {
  const built = join(builtPrograms, name);
  return findProgram(name) ?? (isExecutable(built) ? built : null);
}

/** @returns {string | null} the java that Maven would take too */
export function findJava() {
  const home = process.env.JAVA_HOME;
  return home && isExecutable(join(home, 'bin/java')) ? join(home, 'bin/java') : findProgram('java');
}

/**
 * @param {string} java
 * @returns {number} its major version; 0 when it does not say
 */
export function javaVersion(java) {
  // "17.0.15", "21", and "1.8.0_402" for Java 8. macOS has a /usr/bin/java that only says where to get one.
  const { stderr, stdout } = spawnSync(java, ['-version'], { encoding: 'utf8', timeout: 10_000 });
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(`${stderr}${stdout}`) ?? [];
  return Number((first === '1' ? second : first) ?? 0);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
