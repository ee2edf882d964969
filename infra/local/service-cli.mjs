import { join } from 'node:path';
import { checkout } from './checkout.mjs';
import { Failure } from './failure.mjs';
import { outcomeOf } from './run-tool.mjs';
import { lastLines } from './server-process.mjs';

/**
 * @param {string[]} args of the service's command line
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<string>} its stdout
 */
export async function runCli(args, env) {
  const { code, stdout, output } = await outcomeOf(process.execPath, [join(checkout, 'dist/src/cli/main.js'), ...args], { env });
  if (code === 0) return stdout;
  throw new Failure(`\`flashsale ${args.slice(0, 2).join(' ')}\` ended with code ${code}:\n${lastLines(output, 30)}`);
}
