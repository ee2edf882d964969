import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './checkout.mjs';
import { scratchFolders } from './testing/scratch.js';
import { until } from './testing/until.js';

const scratch = scratchFolders(afterAll)();
let files = 0;

/** A command that notes its endings; `body` is what it does between. */
function write(body: string): { script: string; noted: () => string } {
  const notes = join(scratch, `notes-${++files}`);
  const script = join(scratch, `command-${files}.mjs`);
  writeFileSync(
    script,
    `import { appendFileSync } from 'node:fs';
     import { atEnd, runToEnd } from ${JSON.stringify(join(checkout, 'infra/local/lifetime.mjs'))};
     import { Failure } from ${JSON.stringify(join(checkout, 'infra/local/failure.mjs'))};
     const note = (text) => appendFileSync(${JSON.stringify(notes)}, text + ' ');
     await runToEnd(async () => {
       atEnd(async () => note('first'));
       atEnd(async () => { note('second'); throw new Error('this ending fails'); });
       note('begun');
       ${body}
     });`,
  );
  return { script, noted: () => (existsSync(notes) ? readFileSync(notes, 'utf8') : '') };
}

const forever = 'await new Promise(() => setInterval(() => {}, 1000));';

async function run(script: string, signal?: NodeJS.Signals, ready = () => true) {
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const exited = once(child, 'close');
  await until('the command has begun', ready);
  if (signal) child.kill(signal);
  const [code] = await exited;
  return { code, stderr };
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s runs the endings, last come first, and one that fails does not stop the others', async (signal, code) => {
  const { script, noted } = write(forever);
  expect(await run(script, signal, () => noted().includes('begun'))).toMatchObject({ code });
  expect(noted()).toBe('begun second first ');
});

test.each([
  ['a normal end', 'return 3;', 3, /^$/],
  ['a known failure', "throw new Failure('no luck', 69);", 69, /^\nno luck\n$/],
  ['a bug', "throw new TypeError('oops');", 70, /TypeError: oops\n +at /],
  ['a bug in a callback', `setTimeout(() => { throw new TypeError('late'); }); ${forever}`, 70, /TypeError: late\n +at /],
])('%s runs the endings and gives its exit code', async (_what, body, code, message) => {
  const { script, noted } = write(body);
  const outcome = await run(script);
  expect(outcome.code).toBe(code);
  expect(outcome.stderr).toMatch(message);
  expect(noted()).toBe('begun second first ');
});

test('the end of npm is the end of its script, though a shell between them lives on', async () => {
  const { script, noted } = write(forever);
  // Not the last command of its shell, which would otherwise become it.
  const npm = spawn('/bin/sh', ['-c', `/bin/sh -c '"${process.execPath}" "${script}"; :'; :`], {
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: 'ignore',
  });
  await until('the command has begun', () => noted().includes('begun'));
  npm.kill('SIGKILL');
  await until('the endings ran', () => noted() === 'begun second first ');
});
