import { Command, Option } from 'commander';
import { loadConfig } from '../config.js';
import { isSkuId } from '../domain/ids.js';
import { describeFinding } from '../ledger/fault.js';
import { type Verification, verify } from '../ledger/verify.js';
import { withPatientClient } from './long-read.js';
import { progressLine } from './progress.js';
import { keepHeapSmall } from './small-heap.js';
import { usageUnless } from './usage.js';

/** Something is wrong with the ledger or with what it should give. */
export const EXIT_WRONG = 1;

interface Options {
  readonly sku?: string;
  readonly json?: true;
}

export const verifyCommand = (): Command =>
  new Command('verify')
    .description('replay the ledger and compare everything with it; exit code 1 where something is wrong')
    .addOption(
      new Option('--sku <id>', 'only this one').argParser(
        usageUnless(isSkuId, 'A SKU id has 1 to 64 letters, digits, ".", "_", ":" and "-", and begins with a letter or digit.'),
      ),
    )
    .addOption(new Option('--json', 'for scripts'))
    .action(async ({ sku, json }: Options, command: Command) => {
      keepHeapSmall();
      const onProgress = progressLine('verify');
      const options = sku === undefined ? { onProgress } : { skuId: sku, onProgress };
      const result = await withPatientClient(loadConfig().postgres, 'verify', (client) => verify(client, options));
      if (sku !== undefined && result.skus === 0 && result.wrongSkus === 0) command.error(`error: nothing was ever decided about ${sku}`);
      console.log(json ? JSON.stringify(result) : describe('verify', result));
      if (result.wrongSkus > 0) process.exitCode = EXIT_WRONG;
    });

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** For a person: a line for each SKU that is wrong, and one at the end. */
export function describe(what: string, { decisions, skus, reservations, wrongSkus, findings }: Verification): string {
  const extent = `${counted(decisions, 'decision')} of ${counted(skus, 'SKU')}, ${counted(reservations, 'reservation')}`;
  if (wrongSkus === 0) return `${what}: ${extent}: the ledger is unbroken and everything equals its replay`;
  const more = wrongSkus > findings.length ? [`... and ${counted(wrongSkus - findings.length, 'SKU')} more`] : [];
  return [
    ...findings.map(describeFinding),
    ...more,
    `${what}: WRONG: ${wrongSkus} of ${counted(skus, 'SKU')}, the first fault of each is above`,
  ].join('\n');
}
