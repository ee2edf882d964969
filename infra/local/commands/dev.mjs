import { setTimeout as wait } from 'node:timers/promises';
import { buildWhenChanged, digestOfSources } from '../build.mjs';
import { Failure } from '../failure.mjs';
import { atEnd } from '../lifetime.mjs';
import { say } from '../say.mjs';
import { howServiceEnded, startService } from '../service.mjs';
import { runCli } from '../service-cli.mjs';
import { startAll } from './start.mjs';

/** A look costs some 10 ms. */
const pollMs = 300;
/** An editor saves several files one after the other. */
const quietMs = 150;

/**
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export async function devCommand(args) {
  const { service, settings } = await startAll(args);
  let running = service;
  atEnd(() => running.stop());
  say('watching the sources\n');
  for await (const _change of changes()) {
    say('  ... sources changed');
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

/**
 * Once for each burst of changes. Asked every now and then: Node 20's recursive watch on Linux loses a file which an
 * editor replaces, as most do on save.
 */
async function* changes() {
  for (let built = digestOfSources(); ; ) {
    await wait(pollMs);
    const now = digestOfSources();
    if (now === built) continue;
    await wait(quietMs);
    if (digestOfSources() !== now) continue;
    built = now;
    yield;
  }
}
