/** Progress for people. With `--json` it goes to stderr, so that stdout holds the program's own output alone. */
/** @type {NodeJS.WriteStream} */
let stream = process.stdout;

export function sayOnStderr() {
  stream = process.stderr;
}

/** @param {string} text */
export function say(text) {
  // A reader that went away (`| head`) must not turn progress into a crash during the clean-up.
  if (stream.writable) stream.write(`${text}\n`);
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/**
 * Says what begins (only worth a line when a person has to wait for it), does it, says how long it took.
 * @template T
 * @param {string} beginning
 * @param {() => Promise<T>} work
 */
export async function step(beginning, work) {
  say(`  ... ${beginning}`);
  const started = performance.now();
  const result = await work();
  say(`  ok  ${beginning.replace(/:? *\(.*$/, '')} (${seconds(performance.now() - started)})`);
  return result;
}

/** @param {string} url */
export function withoutPassword(url) {
  return url.replace(/(\/\/[^:@/]*):[^@]*@/, '$1:***@');
}
