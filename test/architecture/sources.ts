import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const FOLDERS = ['src', 'infra', 'loadtest', 'clients', 'db', 'test'];
const SOURCE_FILE = /\.(ts|mjs|cjs|js|sql|lua)$/;
const NOT_OURS = /(^|\/)(node_modules|dist)\//;
/** A dump, written by a command. */
const GENERATED = ['db/schema.sql'];

/** Every source file of the repository. */
export function allSources(): Source[] {
  return FOLDERS.filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`))
    .filter((path) => SOURCE_FILE.test(path) && !NOT_OURS.test(path) && !GENERATED.includes(path))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}
