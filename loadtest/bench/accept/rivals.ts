import { fileURLToPath } from 'node:url';
import { atEnd } from '../../../infra/local/lifetime.mjs';
import { serviceNodeOptions } from '../../../infra/local/node-options.mjs';
import { spawnGuarded } from '../../../infra/local/processes.mjs';
import type { Environment } from '../../stand/servers.js';

/** What the service is compared with: programs of loadtest/baselines/http, each a process of its own. */
export const RIVALS = [
  { file: 'bare', name: 'bare node:http', how: 'body parsed, nothing else' },
  { file: 'same-work', name: 'bare node:http, same work', how: "the service's own admission and publisher" },
  { file: 'express', name: 'Express', how: 'express.json, nothing else' },
  { file: 'naive', name: 'naive stack', how: 'Express, five Redis calls and one send a request, each awaited' },
] as const;

export type RivalFile = (typeof RIVALS)[number]['file'];

/** A server that takes reservations: the service, or one of those. */
export interface Contestant {
  readonly name: string;
  readonly how: string;
  readonly url: string;
  readonly pid: number;
}

export interface Rival extends Contestant {
  stop(): Promise<unknown>;
}

/** @throws when it ends instead of listening */
export async function startRival(file: RivalFile, settings: Environment): Promise<Rival> {
  const rival = RIVALS.find((each) => each.file === file) as (typeof RIVALS)[number];
  const script = fileURLToPath(new URL(`../../baselines/http/${file}.js`, import.meta.url));
  // Run as the service is: its options of node make a difference.
  const child = await spawnGuarded(process.execPath, [...serviceNodeOptions, script], { env: settings, stdout: 'pipe' });
  atEnd(child.stop);
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.once('data', (line: Buffer) => resolve(Number(line.toString())));
    void child.exited.then(({ code }) => reject(new Error(`${rival.name} ended with code ${code}`)));
  });
  return { name: rival.name, how: rival.how, url: `http://127.0.0.1:${port}`, pid: child.pid, stop: child.stop };
}
