import { Command } from 'commander';
import { UNITS_MAX } from '../../src/domain/limits.js';
import { wholeNumber } from '../stand/command-line.js';

/**
 * What a machine of two cores holds with all of it on them: at 1,000/s API, writers, servers and crowd together take 1.4 of the two, and
 * whatever else the machine does makes the requests queue.
 */
const RATE = 800;

export interface DemoOptions {
  /** People who want the hot SKU. */
  readonly buyers: number;
  /** Units of the hot SKU. */
  readonly units: number;
  /** Requests a second, over all SKUs. */
  readonly rate: number;
  readonly killWriter: boolean;
  readonly keep: boolean;
  readonly json: boolean;
}

/** @throws CommanderError, after the message is written; its exitCode is 0 for --help */
export function readOptions(args: readonly string[]): DemoOptions {
  const command = new Command('npm run demo --')
    .description(
      'A real flash sale through HTTP, Kafka, PostgreSQL and Redis, recounted at the end. Exits 1 when the recount finds a fault.',
    )
    .option('--buyers <n>', 'buyers who want the hot SKU', wholeNumber(1, 1_000_000), 5_000)
    .option('--units <n>', 'units of the hot SKU', wholeNumber(1, UNITS_MAX), 500)
    .option('--rate <n>', 'requests a second, over all SKUs', wholeNumber(1, 50_000), RATE)
    .option('--kill-writer', 'SIGKILL the writer of the hot SKU in mid-sale, and do not start it again', false)
    .option('--keep', 'leave service and data as they are, until Ctrl-C', false)
    .option('--json', 'one JSON document on stdout, progress on stderr', false)
    .helpOption('-h, --help', 'this text')
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride();
  command.parse(args, { from: 'user' });
  return command.opts<DemoOptions>();
}
