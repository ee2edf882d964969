import { say } from '../say.mjs';
import { setUp } from '../setup.mjs';

/** @returns {Promise<number>} */
export async function setupCommand() {
  await setUp();
  say('set up: `npm run demo`, `npm test` and `npm start` need nothing more');
  return 0;
}
