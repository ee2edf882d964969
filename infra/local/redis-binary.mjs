import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stateFolder } from './checkout.mjs';
import { fillByMaven } from './maven.mjs';
import { findProgram } from './programs.mjs';
import { step } from './say.mjs';
import { readZipEntry } from './unzip.mjs';

const artifact = 'com.github.codemonstur:embedded-redis:1.4.3';
const fetched = join(stateFolder, 'redis-6.2', 'redis-server');

/** @type {Record<string, string | undefined>} by platform and architecture: the file inside the jar */
const binaries = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'linux-ia32': 'redis-server-6.2.7-linux-386',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};

const binary = binaries[`${process.platform}-${process.arch}`];

/** @returns {string | null} an installed server, else the one fetched before */
export function findRedis() {
  return findProgram('redis-server') ?? findProgram('valkey-server') ?? (existsSync(fetched) ? fetched : null);
}

export function canFetchRedis() {
  return binary !== undefined;
}

export async function fetchRedis() {
  if (findRedis() || !binary) return;
  const jars = `${dirname(fetched)}.jar`;
  await step('fetching Redis 6.2: (12 MB by Maven, into .flashsale/)', async () => {
    if (!existsSync(jars)) await fillByMaven(jars, ['dependency:copy', `-Dartifact=${artifact}`]);
    mkdirSync(dirname(fetched), { recursive: true });
    writeFileSync(`${fetched}.draft`, readZipEntry(join(jars, 'embedded-redis-1.4.3.jar'), binary));
    chmodSync(`${fetched}.draft`, 0o755);
    renameSync(`${fetched}.draft`, fetched);
    rmSync(jars, { recursive: true });
  });
}
