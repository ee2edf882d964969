import { Failure } from './failure.mjs';
import { spawnGuarded } from './processes.mjs';

/**
 * Runs a tool to its end; its output is shown only when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('./processes.mjs').GuardedOptions} [options]
 * @returns {Promise<string>} what it wrote
 */
export async function runTool(command, args, options = {}) {
  const { code, signal, output } = await outcomeOf(command, args, options);
  if (code === 0) return output;
  const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
  throw new Failure(`${command} ${args.slice(0, 3).join(' ')} ${how}:\n${bothEnds(output)}`);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('./processes.mjs').GuardedOptions} [options]
 */
export async function outcomeOf(command, args, options = {}) {
  const tool = await spawnGuarded(command, args, { ...options, stdout: 'pipe', stderr: 'pipe' });
  const [exit, stdout, stderr] = await Promise.all([tool.exited, collect(tool.stdout), collect(tool.stderr)]);
  return { ...exit, stdout, output: stdout + stderr };
}

/**
 * @param {import('node:stream').Readable | null} stream
 * @returns {Promise<string>}
 */
async function collect(stream) {
  let text = '';
  if (!stream) return text;
  stream.setEncoding('utf8');
  for await (const chunk of stream) text += chunk;
  return text;
}

/**
 * Some tools name the cause first, others last.
 * @param {string} output
 */
export function bothEnds(output) {
  const lines = output.trimEnd().split('\n');
  const shown = lines.length > 40 ? [...lines.slice(0, 20), '...', ...lines.slice(-20)] : lines;
  return shown.map((line) => `    ${line}`).join('\n');
}
