import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { withFreePorts } from './ports.mjs';
import { preparePostgresBinaries } from './postgres-binaries.mjs';
import { foreignFolder, othersCanReach, postgresUser } from './postgres-user.mjs';
import { runTool } from './run-tool.mjs';
import { say } from './say.mjs';
import { startServerProcess } from './server-process.mjs';

/** Also the database's name. */
const userName = 'flashsale';

/**
 * @param {import('./servers.mjs').Place} place
 * @returns {Promise<import('./servers.mjs').Server>}
 */
export async function startPostgres({ folder, fresh, pidFile }) {
  const user = postgresUser();
  const native = preparePostgresBinaries(user);
  const cluster = { native, user, folder, data: dataFolder(folder, user), passwordFile: join(folder, 'password') };
  if (fresh) for (const old of [folder, cluster.data]) rmSync(old, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await initialiseOnce(cluster);

  const password = readFileSync(cluster.passwordFile, 'utf8').trim();
  return withFreePorts(1, join(folder, 'ports.json'), async ([port = 0]) => {
    const server = await startServerProcess({
      name: 'PostgreSQL',
      command: join(native, 'bin/postgres'),
      args: ['-D', cluster.data, ...settings(port)],
      logFile: join(folder, 'postgres.log'),
      ready: /database system is ready to accept connections/,
      // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
      options: { ...runAs(cluster), stopSignal: 'SIGINT', killAfterMs: 15_000, pidFile },
    });
    const url = `postgres://${userName}:${password}@127.0.0.1:${port}/${userName}`;
    return { url, how: 'PostgreSQL 18', process: server };
  });
}

/**
 * @typedef {object} Cluster
 * @property {string} native
 * @property {import('./postgres-user.mjs').User | null} user
 * @property {string} folder
 * @property {string} data
 * @property {string} passwordFile
 */

/**
 * @param {string} folder
 * @param {import('./postgres-user.mjs').User | null} user
 */
function dataFolder(folder, user) {
  if (!user || othersCanReach(dirname(folder))) return join(folder, 'data');
  const data = join(foreignFolder(), `${basename(dirname(folder))}-data`);
  say(`  PostgreSQL runs as ${user.name}, who cannot enter this checkout: its data are in ${data}`);
  return data;
}

/**
 * The folder counts only when all of it was done: a killed first run starts over.
 * @param {Cluster} cluster
 */
async function initialiseOnce(cluster) {
  const done = join(cluster.folder, 'initialised');
  if (existsSync(done) && existsSync(join(cluster.data, 'PG_VERSION'))) return;
  const { native, user, data, passwordFile } = cluster;
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, `${randomBytes(12).toString('hex')}\n`, { mode: 0o600 });
  // initdb reads the password as the other user; the file itself stays ours.
  const passwordForInit = join(data, '..', `${basename(data)}.password`);
  writeFileSync(passwordForInit, readFileSync(passwordFile), { mode: 0o600 });
  if (user) for (const path of [data, passwordForInit]) chownSync(path, user.uid, user.gid);
  try {
    const initdb = ['-D', data, '-U', userName, `--pwfile=${passwordForInit}`, '--auth=scram-sha-256', '--encoding=UTF8'];
    // The builtin locale sorts alike on every system; without --no-sync the first start takes seconds longer.
    const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-sync'];
    await runTool(join(native, 'bin/initdb'), [...initdb, ...locale], runAs(cluster));
    await createDatabase(cluster);
  } finally {
    rmSync(passwordForInit, { force: true });
  }
  writeFileSync(done, '');
}

/**
 * The package brings no psql: a single-user server creates the database.
 * @param {Cluster} cluster
 */
async function createDatabase(cluster) {
  const server = `'${join(cluster.native, 'bin/postgres').replaceAll("'", "'\\''")}'`;
  const single = `echo 'CREATE DATABASE ${userName}' | ${server} --single -D . -c fsync=off postgres`;
  await runTool('/bin/sh', ['-c', single], runAs(cluster));
}

/** @param {Cluster} cluster */
function runAs({ user, data }) {
  // Messages are read, so they must be in English.
  const env = { ...process.env, LC_ALL: 'C', PGDATA: undefined, PGPORT: undefined, PGOPTIONS: undefined };
  return { env, cwd: data, ...(user ? { uid: user.uid, gid: user.gid } : {}) };
}

/** @param {number} port */
function settings(port) {
  const sharedBuffersMb = Math.min(1024, Math.max(128, Math.round(totalmem() / 2 ** 20 / 8)));
  const given = {
    port,
    listen_addresses: '127.0.0.1',
    // A socket's path must be short, which a checkout's is not always.
    unix_socket_directories: '',
    max_connections: 300,
    shared_buffers: `${sharedBuffersMb}MB`,
    // As in production: the figures and the crash tests are worth nothing otherwise.
    fsync: 'on',
    synchronous_commit: 'on',
    max_wal_size: '4GB',
    log_checkpoints: 'off',
    compute_query_id: 'off',
    cluster_name: 'flashsale',
  };
  return Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
