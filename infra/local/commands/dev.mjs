import { watch } from 'node:fs';
import { join } from 'node:path';
import { buildWhenChanged } from '../build.mjs';
import { checkout } from '../checkout.mjs';
import { Failure } from '../failure.mjs';
import { atEnd } from '../lifetime.mjs';
import { say } from '../say.mjs';
import { howServiceEnded, startService } from '../service.mjs';
import { runCli } from '../service-cli.mjs';
import { startAll } from './start.mjs';

/** An editor's save is several events. */
const quietMs = 150;

/**
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export async function devCommand(args) {
  const { service, settings } = await startAll(args);
  let running = service;
  atEnd(() => running.stop());
  say('watching src/ and db/\n');
  for await (const change of changes()) {
    say(`  ${change} changed`);
    try {
      await buildWhenChanged();
      await running.stop();
      await runCli(['migrate'], settings.env);
      running = await startService(settings);
      say(`  ok  restarted, ${settings.baseUrl}`);
      void running.exited.then((exit) => exit.code && say(howServiceEnded(exit, settings)));
    } catch (error) {
      // A mistake while typing is no reason to take the servers down.
      if (!(error instanceof Failure)) throw error;
      say(`${error.message}\n  waiting for the next change`);
    }
  }
  return 0;
}

/** A path for each burst of changes; those that come while the last one is worked on make one more burst. */
async function* changes() {
  /** @type {string | null} */
  let changed = null;
  let notify = () => {};
  for (const folder of ['src', 'db']) {
    watch(join(checkout, folder), { recursive: true }, (_event, path) => {
      if (!path || path.endsWith('.test.ts')) return;
      changed = `${folder}/${path}`;
      notify();
    });
  }
  for (;;) {
    if (changed === null)
      await new Promise((resolve) => {
        notify = () => resolve(undefined);
      });
    await new Promise((resolve) => setTimeout(resolve, quietMs));
    const path = changed;
    changed = null;
    yield String(path);
  }
}
