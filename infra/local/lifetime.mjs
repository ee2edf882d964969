import { Failure } from './failure.mjs';
import { parentOfShell } from './process-identity.mjs';
import { say } from './say.mjs';

/** @type {Array<() => Promise<unknown>>} */
const endings = [];
let ended = false;

/** One Ctrl-C arrives twice: from the terminal, and forwarded by npm. */
const sameSignalMs = 1_000;
const parentCheckMs = 250;

/**
 * Done when the command ends, whatever ends it, last come first. A SIGKILL skips it: the guards do the same then.
 * @param {() => Promise<unknown>} ending
 */
export function atEnd(ending) {
  endings.push(ending);
}

/**
 * @param {() => Promise<number>} command resolves to the exit code
 */
export async function runToEnd(command) {
  const signals = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });
  for (const [signal, code] of Object.entries(signals)) process.on(signal, () => endBySignal(code));
  endWithNpm();
  process.stdout.on('error', () => void endWith(141));
  process.on('uncaughtException', fail);
  try {
    await endWith(await command());
  } catch (error) {
    fail(error);
  }
}

let signalledAt = 0;

/** @param {number} code */
function endBySignal(code) {
  // Asked again: leave at once, the guards finish the work.
  if (signalledAt > 0 && performance.now() - signalledAt > sameSignalMs) process.exit(code);
  if (signalledAt === 0) say('\n  ... stopping');
  signalledAt ||= performance.now();
  void endWith(code);
}

/** Who ends `npm run ...`, even by SIGKILL, means this command; npm cannot pass that on. */
function endWithNpm() {
  if (!process.env.npm_lifecycle_event) return;
  const ancestors = () => `${process.ppid} ${parentOfShell(process.ppid)}`;
  const atStart = ancestors();
  setInterval(() => ancestors() !== atStart && signalledAt === 0 && endBySignal(129), parentCheckMs).unref();
}

/** @param {unknown} error */
function fail(error) {
  // What breaks because the end has begun (a stopped child, a closed pipe) is not news.
  if (ended) return;
  process.stderr.write(`\n${error instanceof Failure ? error.message : error instanceof Error ? error.stack : error}\n`);
  void endWith(error instanceof Failure ? error.exitCode : 70);
}

/** @param {number} code */
async function endWith(code) {
  if (ended) return;
  ended = true;
  while (endings.length > 0) {
    const ending = endings.pop();
    await ending?.().catch((error) => say(`  while stopping: ${error instanceof Error ? error.message : error}`));
  }
  process.exit(code);
}
