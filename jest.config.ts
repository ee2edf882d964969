/** @jest-config-loader esbuild-register */

import { existsSync } from 'node:fs';
import type { Config } from 'jest';

/**
 * Suites that need servers read FLASHSALE_DATABASE_URL, FLASHSALE_KAFKA_BROKERS and FLASHSALE_REDIS_URL, which `npm test` sets after it
 * started them. The suites of the other commands (faults, ops, simulation) are chosen by FLASHSALE_TEST_SUITE, so that each is out of the rest.
 */
const SUITES_APART = ['faults', 'ops', 'simulation'];
const apart = process.env.FLASHSALE_TEST_SUITE;
if (apart !== undefined && !SUITES_APART.includes(apart))
  throw new Error(`FLASHSALE_TEST_SUITE is one of ${SUITES_APART.join(', ')}, not "${apart}"`);

// A root that does not exist is an error in jest, and the tree is built up over time.
const roots = (apart === undefined ? ['src', 'infra', 'loadtest', 'clients', 'test'] : [`test/${apart}`]).filter((folder) =>
  existsSync(folder),
);

const config: Config = {
  roots: roots.map((folder) => `<rootDir>/${folder}`),
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...(apart === undefined ? SUITES_APART.map((suite) => `<rootDir>/test/${suite}/`) : [])],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.flashsale/'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  // Sources name their imports as Node resolves them after the build; here the .ts file stands in for its .js.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testTimeout: 30_000,
  // The machine also runs the broker and the database.
  maxWorkers: 2,
};

export default config;
