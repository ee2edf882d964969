import type { Admin } from 'kafkajs';
import type { ClientBase } from 'pg';
import type { Config } from '../config.js';
import type { Log } from '../telemetry/log.js';
import { addressOf } from './address.js';
import { createKafka } from './kafka.js';
import { createClient } from './postgres.js';
import { createRedis } from './redis.js';

/** Well below the 10 s within which whoever starts the service is to be told. */
const DEADLINE_MS = 8_000;

/** A server, and how to find out that it is there. */
export interface Question {
  readonly server: string;
  readonly address: string;
  /** For whoever reads that there was no answer. */
  readonly advice: string;
  /** @returns what is not as the service needs it, though the server answers */
  ask(): Promise<readonly string[]>;
}

/** What was begun cannot be done now: a start of the service, or a command. Names everything in the way, so that it is repaired in one go. */
export class NotReady extends Error {
  override readonly name = 'NotReady';

  /** @param exitCode EX_UNAVAILABLE where a server does not answer, EX_CONFIG where one is not set up */
  constructor(
    readonly problems: readonly string[],
    readonly exitCode: 69 | 78,
  ) {
    super(listed('The service cannot start:', problems));
  }

  /** The message for what is no start. */
  under(heading: string): string {
    return listed(heading, this.problems);
  }
}

const listed = (heading: string, problems: readonly string[]): string =>
  [heading, ...problems.map((problem) => `  ${problem.replaceAll('\n', '\n    ')}`)].join('\n');

/** @throws NotReady naming all that do not answer, and all that is not as it must be */
export async function askAll(questions: readonly Question[], deadlineMs: number = DEADLINE_MS): Promise<void> {
  const answers = await Promise.all(questions.map((question) => answerOf(question, deadlineMs)));
  const silent = answers.flatMap(({ silence }) => (silence === null ? [] : [silence]));
  const problems = [...silent, ...answers.flatMap(({ faults }) => faults)];
  if (problems.length > 0) throw new NotReady(problems, silent.length > 0 ? 69 : 78);
}

async function answerOf({ server, address, advice, ask }: Question, deadlineMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${deadlineMs / 1000} s`)), deadlineMs);
  });
  try {
    return { silence: null, faults: await Promise.race([ask(), tooLate]) };
  } catch (error) {
    const how = isRefusal(error) ? 'refuses' : 'does not answer';
    return { silence: `${server} at ${address} ${how}: ${reasonOf(error)}\n${advice}`, faults: [] };
  } finally {
    clearTimeout(timer);
  }
}

/** PostgreSQL's and Redis's own words: no such database, wrong password. */
const isRefusal = (error: unknown): boolean => error instanceof Error && ('severity' in error || error.name === 'ReplyError');

/** What the drivers say meanwhile is no news: the answer to the question says it once, and better. */
const quiet = (log: Log): Log => ({ ...log, info: log.debug, warn: log.debug, error: log.debug });

/** Node reports a host that refused on each of its addresses as an AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message || error.name : String(error);
}

export function postgresQuestion(
  { postgres }: Pick<Config, 'postgres'>,
  faultsOf: (client: ClientBase) => Promise<readonly string[]>,
): Question {
  return {
    server: 'PostgreSQL',
    address: addressOf(postgres.url),
    advice: 'Start it, or set FLASHSALE_DATABASE_URL to one that runs; it names user, password and database too.',
    ask: async () => {
      const client = createClient(postgres, 'startup-check');
      // The question fails by itself then; this event would end the process.
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query('select 1');
        return await faultsOf(client);
      } finally {
        client.end().catch(() => undefined);
      }
    },
  };
}

export function kafkaQuestion(
  { kafka }: Pick<Config, 'kafka'>,
  log: Log,
  faultsOf: (admin: Admin) => Promise<readonly string[]>,
): Question {
  return {
    server: 'Kafka',
    address: kafka.brokers.join(', '),
    advice: 'Start it, or set FLASHSALE_KAFKA_BROKERS to brokers that run and that advertise addresses which this machine can reach.',
    ask: async () => {
      const admin = createKafka(kafka, quiet(log)).admin({ retry: { initialRetryTime: 100, retries: 2 } });
      try {
        await admin.connect();
        await admin.describeCluster();
        return await faultsOf(admin);
      } finally {
        admin.disconnect().catch(() => undefined);
      }
    },
  };
}

/** Running, the service survives the loss of Redis; a start without it is a mistake in the set-up, and the time to say so. */
export function redisQuestion({ redis }: Pick<Config, 'redis'>, log: Log): Question {
  return {
    server: 'Redis',
    address: addressOf(redis.url),
    advice: 'Start it, or set FLASHSALE_REDIS_URL to one that runs.',
    ask: async () => {
      // The first command on a cold machine may take longer than the limit of a running service.
      const client = createRedis({ ...redis, timeoutMs: redis.connectTimeoutMs }, quiet(log));
      try {
        await client.connect();
        await client.ping();
        return [];
      } finally {
        client.disconnect();
      }
    },
  };
}
