import { join } from 'node:path';
import { buildWhenChanged } from './build.mjs';
import { stateFolder } from './checkout.mjs';
import { chooseServers } from './choose.mjs';
import { exitCodes, Failure } from './failure.mjs';
import { fetchKafkaJars } from './kafka-jars.mjs';
import { atEnd } from './lifetime.mjs';
import { lockWhenFree } from './lock.mjs';
import { installPackages } from './npm-packages.mjs';
import { fetchRedis } from './redis-binary.mjs';
import { requireTools } from './requirements.mjs';
import { say } from './say.mjs';

/**
 * Brings the checkout to where servers and service can start; does nothing, quietly, when it is there already.
 * @param {{ build?: () => Promise<void> }} [options]
 * @returns {Promise<import('./choose.mjs').Choices>}
 */
export async function setUp({ build = buildWhenChanged } = {}) {
  if (process.platform === 'win32')
    throw new Failure('on Windows run this inside WSL 2: it needs process groups and signals', exitCodes.unavailable);
  const choices = await chooseServers();
  requireTools(choices);
  const lock = await lockWhenFree(join(stateFolder, 'setup.lock'), 'set-up', (holder) =>
    say(`  ... waiting for the set-up that another command of this checkout is doing (process ${holder.pid})`),
  );
  atEnd(async () => lock.release());
  try {
    const fetching = fetchServers(choices);
    // Reported when awaited below, even if the packages fail first.
    fetching.catch(() => {});
    await installPackages();
    await build();
    await fetching;
  } finally {
    lock.release();
  }
  return choices;
}

/** @param {import('./choose.mjs').Choices} choices */
async function fetchServers({ kafka, redis }) {
  if (kafka.source === 'process') await fetchKafkaJars();
  if (redis.source === 'process') await fetchRedis();
}
