import { join } from 'node:path';
import { Command } from 'commander';
import { checkout, stateFolder } from '../../infra/local/checkout.mjs';
import { runToEnd } from '../../infra/local/lifetime.mjs';
import { say } from '../../infra/local/say.mjs';
import { exitCodeOf } from '../stand/command-line.js';
import { serversFrom } from '../stand/servers.js';
import type { AnyBench } from './bench.js';
import { BENCHES } from './benches.js';
import { circumstances } from './report/machine.js';
import { sectionOf, writeSection } from './report/results.js';

interface Common {
  readonly quick?: boolean;
  readonly results?: string;
}

const RESULTS = join(checkout, 'loadtest/RESULTS.md');
/** A quick run is no figure, and one with other options is not to be compared: they never touch those that are. */
const OWN_RESULTS = join(stateFolder, 'bench/RESULTS.md');

await runToEnd(() => bench(process.argv.slice(2)));

/** `npm run bench`: all of them. `npm run bench -- <name>`: one. The last line of each is its result. */
async function bench(args: readonly string[]): Promise<number> {
  // Before the commands: they take it over from here.
  const program = new Command('npm run bench --').description('Measures the service on this machine').exitOverride();
  common(program.argument('[bench]', 'one of those below; all of them where it is left out')).action(
    (name: string | undefined, options: Common) => {
      if (name !== undefined) program.error(`error: there is no bench '${name}', but ${BENCHES.map((each) => each.name).join(', ')}`);
      return runAll(options);
    },
  );
  for (const each of BENCHES) {
    const command = program.command(each.name).description(each.description);
    for (const option of each.options) command.addOption(option);
    common(command).action((options: Common) => run(each, { ...options, ...program.opts<Common>() }, new Set(given(command))));
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function common(command: Command): Command {
  return command
    .option('--quick', 'a short run, to see that it works: its figures are worth nothing')
    .option(
      '--results <file>',
      'where the figures are written; else loadtest/RESULTS.md, or .flashsale/bench/RESULTS.md where options are given',
    );
}

/** The bench's own options that the caller has named. */
function given(command: Command): string[] {
  const own = command.options.map((option) => option.attributeName()).filter((name) => name !== 'quick' && name !== 'results');
  return own.filter((name) => command.getOptionValueSource(name) === 'cli');
}

async function runAll(options: Common): Promise<void> {
  for (const each of BENCHES) {
    say(`\n== ${each.name}: ${each.description}`);
    const defaults = Object.fromEntries(each.options.map((option) => [option.attributeName(), option.defaultValue]));
    await run(each, { ...defaults, ...options }, new Set());
  }
}

async function run(each: AnyBench, options: Common, named: ReadonlySet<string>): Promise<void> {
  const { quick: isQuick = false, results = isQuick || named.size > 0 ? OWN_RESULTS : RESULTS } = options;
  const quick = isQuick ? Object.fromEntries(Object.entries(each.quick).filter(([name]) => !named.has(name))) : {};
  const servers = serversFrom(process.env);
  const at = await circumstances(servers);
  const findings = await each.run(servers, { ...options, ...quick } as never, say);
  const order = BENCHES.map(({ name }) => name);
  if (!findings.isOnlyShown) writeSection(results, each.name, sectionOf(each.name, findings, at, isQuick), order);
  say(findings.lastLine);
}
