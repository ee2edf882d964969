import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { recordingLog } from '../../test/support/log.js';
import { type Config, loadConfig } from '../config.js';
import { askAll, kafkaQuestion, NotReady, postgresQuestion, redisQuestion } from './startup-check.js';

const log = recordingLog();

function questions(config: Config) {
  return [postgresQuestion(config, async () => []), kafkaQuestion(config, log, async () => []), redisQuestion(config, log)];
}

async function refusalOf(asking: Promise<void>): Promise<NotReady> {
  const error = await asking.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof NotReady) return error;
  throw new Error('expected to be refused', { cause: error });
}

/** Accepts every connection and never says a word: what a hung server looks like. */
let silent: Server;
let silentPort: number;
const taken: Socket[] = [];

beforeAll(async () => {
  silent = createServer((socket) => taken.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  silentPort = (silent.address() as AddressInfo).port;
});

afterAll(() => {
  silent.close();
  for (const socket of taken) socket.destroy();
});

test('servers that run are no problem', async () => {
  const { FLASHSALE_DATABASE_URL, FLASHSALE_KAFKA_BROKERS, FLASHSALE_REDIS_URL } = process.env;
  await askAll(questions(loadConfig({ FLASHSALE_DATABASE_URL, FLASHSALE_KAFKA_BROKERS, FLASHSALE_REDIS_URL })));
});

test.each([
  ['refuse', () => 1],
  ['hang', () => silentPort],
])('all that %s are named at once, with address and advice, without a password', async (_how, port) => {
  const config = loadConfig({
    FLASHSALE_DATABASE_URL: `postgres://shop:hunter2@127.0.0.1:${port()}/sale`,
    FLASHSALE_KAFKA_BROKERS: `127.0.0.1:${port()}`,
    FLASHSALE_REDIS_URL: `redis://:hunter2@127.0.0.1:${port()}`,
  });
  const started = performance.now();
  const refusal = await refusalOf(askAll(questions(config), 1_500));
  expect(performance.now() - started).toBeLessThan(2_500);
  expect(refusal.exitCode).toBe(69);
  expect(refusal.problems).toEqual([
    expect.stringContaining(`PostgreSQL at 127.0.0.1:${port()}/sale does not answer: `),
    expect.stringContaining(`Kafka at 127.0.0.1:${port()} does not answer: `),
    expect.stringContaining(`Redis at 127.0.0.1:${port()} does not answer: `),
  ]);
  for (const variable of ['DATABASE_URL', 'KAFKA_BROKERS', 'REDIS_URL']) expect(refusal.message).toContain(`set FLASHSALE_${variable}`);
  expect(refusal.message).not.toContain('hunter2');
});

test('a database that does not exist is refused in the words of the server', async () => {
  const url = new URL(process.env.FLASHSALE_DATABASE_URL ?? '');
  url.pathname = '/no-such-database';
  const refusal = await refusalOf(askAll([postgresQuestion(loadConfig({ FLASHSALE_DATABASE_URL: url.href }), async () => [])]));
  expect(refusal.message).toContain('/no-such-database refuses: database "no-such-database" does not exist');
});

test('a server that answers and is not set up is a matter of configuration', async () => {
  const question = {
    server: 'PostgreSQL',
    address: 'db:5432/sale',
    advice: '',
    ask: async () => ['The database lacks 0001.sql.\nRun: migrate'],
  };
  const refusal = await refusalOf(askAll([question]));
  expect(refusal.exitCode).toBe(78);
  expect(refusal.message).toBe('The service cannot start:\n  The database lacks 0001.sql.\n    Run: migrate');
});
