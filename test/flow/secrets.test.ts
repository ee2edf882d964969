import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createApiKey } from '../../src/catalogue/api-keys.js';
import { eventually } from '../support/eventually.js';
import { AUDIENCE, ISSUER } from '../support/identity-provider.js';
import { Site } from '../support/site.js';

/** The built program at its most talkative: nothing that opens a door is in what it writes, measures, answers or shows to `ps`. */
const PROGRAM = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const SECRET = 'hunter2-hunter2-hunter2-hunter2-hunter2';
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const FORGED = `${part({ alg: 'HS256', kid: 'forged-key-id' })}.${part({ sub: 'mallory-the-forger', exp: 1 })}.forged-signature`;
let site: Site;
let program: ChildProcess;
let written = '';
let key: string;

beforeAll(async () => {
  site = await Site.open();
  ({ key } = await createApiKey(site.sql, { name: 'outlet', scopes: ['reserve'] }));
  program = spawn(process.execPath, [PROGRAM], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      ...site.environmentOfTools(),
      FLASHSALE_ROLE: 'api',
      FLASHSALE_LOG_LEVEL: 'debug',
      FLASHSALE_METRICS_PORT: '0',
      FLASHSALE_JWT_SECRET: SECRET,
      FLASHSALE_JWT_ISSUER: ISSUER,
      FLASHSALE_JWT_AUDIENCE: AUDIENCE,
      FLASHSALE_JWT_STOREFRONT: 'shop',
    },
  });
  for (const stream of [program.stdout, program.stderr]) stream?.on('data', (chunk: Buffer) => (written += chunk.toString()));
});

afterAll(async () => {
  const ended = new Promise((resolve) => program.once('exit', resolve));
  if (program.exitCode === null && program.kill('SIGTERM')) await ended;
  await site.close();
});

const lines = () =>
  written
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const addressOf = (message: string): Promise<string> =>
  eventually(() => {
    const line = lines().find(({ msg }) => msg === message);
    return line !== undefined && `http://127.0.0.1:${line.port}`;
  });

test('of tokens and keys, refused or good, nothing is written, measured or shown', async () => {
  const url = await addressOf('api is ready');
  const metrics = await addressOf('metrics are served');
  const presented = [FORGED, `${FORGED}.x`, `${key}-not`, 'fsk_made-up-by-somebody', key, 'a-bare-word-as-a-token'];
  const answers = await Promise.all(
    presented.map(async (credentials) => {
      const headers = { authorization: `Bearer ${credentials}`, 'content-type': 'application/json' };
      const answer = await fetch(`${url}/v1/reservations`, { method: 'POST', headers, body: '{}' });
      return { status: answer.status, text: `${[...answer.headers].join('\n')}${await answer.text()}` };
    }),
  );
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 400, 401]);
  await eventually(() => lines().filter(({ msg }) => msg === 'request').length === presented.length);
  expect(lines().filter(({ msg }) => msg === 'a token was refused')).toHaveLength(3);
  const measured = await (await fetch(`${metrics}/metrics`)).text();
  expect(measured).toContain('flashsale_http_request_duration_seconds');
  const shown = [written, measured, ...answers.map(({ text }) => text), readFileSync(`/proc/${program.pid}/cmdline`, 'utf8')].join('\n');
  const secrets = [...presented, ...FORGED.split('.'), key.slice(4), 'mallory', 'forged', SECRET];
  for (const secret of secrets) expect(shown).not.toContain(secret);
});
