import { join } from 'node:path';
import { checkout, checkoutId } from './checkout.mjs';
import { Failure } from './failure.mjs';
import { PortTaken, portTakenText, withFreePorts } from './ports.mjs';
import { spawnGuarded } from './processes.mjs';
import { outcomeOf, runTool } from './run-tool.mjs';
import { say } from './say.mjs';
import { lastLines } from './server-process.mjs';

/** @typedef {import('./choose.mjs').ServerName} ServerName */

/**
 * The servers of docker-compose.yml, without its service. The project's name tells checkouts and instances apart.
 * @param {{ services: ServerName[], instance: import('./instance.mjs').Instance, fresh: boolean, stops: Array<() => Promise<unknown>> }} given
 * @returns {Promise<Record<ServerName, string>>} the addresses
 */
export async function startCompose({ services, instance, fresh, stops }) {
  const project = `flashsale-${checkoutId}-${instance.name}`;
  if (fresh) await runTool('docker', composeArgs(project, ['down', '--volumes', '--timeout', '5']));
  // Containers live in the engine, where no guard reaches them. So the guarded process is one that takes them down.
  const holder = await spawnGuarded(process.execPath, [join(checkout, 'infra/local/compose-holder.mjs'), project], {
    stdout: 'ignore',
    stderr: 'ignore',
    killAfterMs: 60_000,
    pidFile: join(instance.pids, 'compose'),
  });
  stops.push(() => holder.stop());

  say(`  ... starting ${services.join(', ')} in Docker (the first time it pulls their images)`);
  return withFreePorts(3, join(instance.folder, 'compose-ports.json'), async ([postgres, kafka, redis]) => {
    const env = {
      ...process.env,
      FLASHSALE_POSTGRES_PORT: String(postgres),
      FLASHSALE_KAFKA_PORT: String(kafka),
      FLASHSALE_REDIS_PORT: String(redis),
    };
    const up = composeArgs(project, ['up', '-d', '--wait', ...services]);
    const { code, output } = await outcomeOf('docker', up, { env, stopSignal: 'SIGINT', killAfterMs: 20_000 });
    if (code !== 0 && portTakenText.test(output)) throw new PortTaken(output);
    if (code !== 0) throw new Failure(`docker compose up failed:\n${lastLines(output, 30)}`);
    return {
      postgres: `postgres://flashsale:flashsale@127.0.0.1:${postgres}/flashsale`,
      kafka: `127.0.0.1:${kafka}`,
      redis: `redis://127.0.0.1:${redis}`,
    };
  });
}

/**
 * @param {string} project
 * @param {string[]} args
 */
export function composeArgs(project, args) {
  return ['compose', '-f', join(checkout, 'docker-compose.yml'), '-p', project, ...args];
}
