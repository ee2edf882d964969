// The one entry to the local stack: `node infra/local/run.mjs <command> [arguments]`, no packages needed.
import { devCommand } from './commands/dev.mjs';
import { programCommand } from './commands/program.mjs';
import { setupCommand } from './commands/setup.mjs';
import { startCommand } from './commands/start.mjs';
import { testCommand } from './commands/test.mjs';
import { testFaultsCommand } from './commands/test-faults.mjs';
import { exitCodes } from './failure.mjs';
import { runToEnd } from './lifetime.mjs';
import { sayOnStderr } from './say.mjs';

/** @type {Record<string, { about: string, run: (args: string[]) => Promise<number> }>} */
const commands = {
  setup: { about: 'install, build and fetch what the others need', run: setupCommand },
  start: { about: 'servers and service until Ctrl-C (--fresh: forget the data)', run: startCommand },
  dev: { about: 'the same, and restart on a change of a source', run: devCommand },
  demo: {
    about: 'a sale with thousands of buyers, recounted (--kill-writer, --keep, --json, --fresh)',
    run: (args) => programCommand('demo', args),
  },
  bench: {
    about: 'how fast it is: all benches, or one by its name (--quick: only whether they work)',
    run: (args) => programCommand('bench', args),
  },
  load: { about: 'load by k6: smoke, ...', run: (args) => programCommand('load', args) },
  test: { about: 'unit tests, and all that need only the servers', run: (args) => testCommand(args) },
  'test:faults': { about: 'killed and stopped processes of the service (--full: many)', run: testFaultsCommand },
  'test:simulation': { about: 'simulated sales by seed', run: (args) => testCommand(args, 'simulation') },
};

const [name = '', ...args] = process.argv.slice(2).filter((arg, at) => !(at === 1 && arg === '--'));
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command) {
  if (args.includes('--json')) sayOnStderr();
  await runToEnd(() => command.run(args));
} else {
  const lines = Object.entries(commands).map(([each, { about }]) => `  ${each.padEnd(16)} ${about}`);
  process.stderr.write(`${name ? `unknown command "${name}"` : 'which command?'} There are:\n${lines.join('\n')}\n`);
  process.exitCode = exitCodes.usage;
}
