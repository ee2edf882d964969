import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/fault.js';
import { NotReady } from '../connections/startup-check.js';
import { configCommand } from './config.js';
import { deadLettersCommand } from './dead-letters.js';
import { keysCommand } from './keys.js';
import { migrateCommand } from './migrate.js';
import { rebuildCommand } from './rebuild.js';
import { topicsCommand } from './topics.js';
import { verifyCommand } from './verify.js';

/** Of sysexits.h. */
const EXIT_USAGE = 64;
const EXIT_SOFTWARE = 70;

const program = new Command('flashsale')
  .description('Sets up and looks after the flash-sale service')
  .addCommand(migrateCommand())
  .addCommand(topicsCommand())
  .addCommand(keysCommand())
  .addCommand(deadLettersCommand())
  .addCommand(verifyCommand())
  .addCommand(rebuildCommand())
  .addCommand(configCommand());

// At once: a client that still tries to reach a server which does not answer would hold up the end.
process.exit(await run(process.argv));

async function run(args: readonly string[]): Promise<number> {
  throwInsteadOfExiting(program);
  try {
    await program.parseAsync(args);
    // A command that did its work and found something wrong has set it.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return explain(error);
  }
}

/** Each command has its own setting; those added as objects do not inherit it. */
function throwInsteadOfExiting(command: Command): void {
  command.exitOverride().showHelpAfterError('(add --help for what is possible)');
  for (const child of command.commands) throwInsteadOfExiting(child);
}

/** What went wrong on stderr, and the exit code for it. */
function explain(error: unknown): number {
  // commander has written its message already; code 0 is --help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof ConfigError || error instanceof NotReady) {
    console.error(error instanceof NotReady ? error.under('This cannot be done:') : error.message);
    return error.exitCode;
  }
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  return EXIT_SOFTWARE;
}
