import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './files.js';

const lines = readFileSync(join(checkout, 'Dockerfile'), 'utf8').split('\n');
const stages = lines.filter((line) => line.startsWith('FROM '));
const last = lines.slice(lines.lastIndexOf(stages.at(-1) ?? ''));
const kept = readFileSync(join(checkout, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

/** Sources of the COPY lines that take from the checkout. */
const copied = lines.filter((line) => /^COPY (?!--from)/.test(line)).flatMap((line) => line.split(/\s+/).slice(1, -1));

test('what the image is built from is there, and not ignored', () => {
  expect(copied.filter((path) => !existsSync(join(checkout, path)))).toEqual([]);
  expect(copied.filter((path) => !kept.some((entry) => path === entry || path.startsWith(`${entry}/`)))).toEqual([]);
});

test('the image holds the build and the packages that it needs at run time, no sources', () => {
  const taken = last.filter((line) => line.startsWith('COPY ')).map((line) => line.split(/\s+/).slice(-2)[0]);
  expect(taken).toEqual(['infra/docker/healthcheck.sh', 'package.json', '/app/node_modules', '/app/dist']);
  expect(lines.join('\n')).toMatch(/npm ci --omit=dev --omit=optional --ignore-scripts/);
});

test('the process is not root, gets the signals itself, and is asked whether it lives', () => {
  expect(last).toContain('USER node');
  expect(last.filter((line) => line.startsWith('CMD ')).join()).toMatch(/^CMD \["node", .*"dist\/src\/main\.js"\]$/);
  expect(last.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
  expect(readFileSync(join(checkout, 'infra/docker/healthcheck.sh'), 'utf8')).toContain('/livez');
});

test('all stages share one version of Node', () => {
  expect(stages).toHaveLength(3);
  for (const stage of stages) expect(stage).toMatch(/^FROM node:\$\{NODE_VERSION\}-alpine/);
});
