import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The nearest folder upwards that holds this launcher: tsc also emits copies of these files into dist/, and a copy must
 * find the same checkout and the same guard.
 * @param {string} from
 */
function findCheckout(from) {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'infra/local/guard.mjs'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no Flashsale checkout above ${from}`);
  }
}

export const checkout = findCheckout(dirname(fileURLToPath(import.meta.url)));

/** Everything that the launcher makes lies here; git ignores it, and deleting it starts from nothing. */
export const stateFolder = join(checkout, '.flashsale');

/** Tells checkouts of one machine apart where a name is shared: compose projects, folders under the temporary folder. */
export const checkoutId = createHash('sha256').update(checkout).digest('hex').slice(0, 8);
