import { type BreakableLink, breakableLink } from '../support/breakable-link.js';
import { eventually } from '../support/eventually.js';
import { kafkaLink } from '../support/kafka-link.js';
import { type OpenApi, PARTITIONS, Site } from '../support/site.js';

/** The status while a server is away, or silent: it is named, and the others' figures are there in time. */
const IN_TIME_MS = 3_000;

let site: Site;
let links: { kafka: Awaited<ReturnType<typeof kafkaLink>>; postgres: BreakableLink; redis: BreakableLink };
let api: OpenApi;

const linkTo = (url: URL, port: number): Promise<BreakableLink> => breakableLink({ host: url.hostname, port: Number(url.port || port) });
const through = (url: URL, { port }: BreakableLink): string => Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href;

beforeAll(async () => {
  site = await Site.open();
  const [database, redis] = [new URL(site.database.url), new URL(process.env.FLASHSALE_REDIS_URL ?? '')];
  links = {
    kafka: await kafkaLink(process.env.FLASHSALE_KAFKA_BROKERS ?? ''),
    postgres: await linkTo(database, 5432),
    redis: await linkTo(redis, 6379),
  };
  await site.startWriter();
  api = await site.startApi({
    FLASHSALE_KAFKA_BROKERS: links.kafka.broker,
    FLASHSALE_DATABASE_URL: through(database, links.postgres),
    FLASHSALE_REDIS_URL: through(redis, links.redis),
    FLASHSALE_KAFKA_REQUEST_TIMEOUT_MS: '2000',
    FLASHSALE_CONNECT_TIMEOUT_MS: '1000',
  });
  await api.client.open('lamp', 5);
  await site.applied();
});

afterEach(async () => {
  for (const link of Object.values(links)) link.restore();
  await eventually(async () => (await status()).body.unanswered?.length === 0);
});

afterAll(async () => {
  await site.close();
  await Promise.all(Object.values(links).map((link) => link.close()));
});

async function status() {
  const { status: code, body, ms } = await api.client.get('/v1/admin/status');
  return {
    code,
    ms,
    body: body as Record<string, unknown> & { unanswered?: readonly string[]; partitions?: readonly Record<string, unknown>[] },
  };
}

const LOST = {
  kafka: { unanswered: ['logEnds', 'owners'], backlog: null },
  postgres: { unanswered: ['deadLetters', 'positions', 'sale'], backlog: null, sale: null, deadLetters: null },
  redis: { unanswered: ['progress'], backlog: 0, decisionsPerSecond: null },
};

describe.each(['kafka', 'postgres', 'redis'] as const)('%s', (server) => {
  test.each(['cut', 'hang'] as const)('%s', async (how) => {
    links[server][how]();
    const found = await eventually(async () => {
      const answer = await status();
      expect(answer.body).toMatchObject(LOST[server]);
      return answer;
    });
    expect(found.code).toBe(200);
    expect(found.ms).toBeLessThan(IN_TIME_MS);
    expect(found.body.partitions).toHaveLength(PARTITIONS);
    expect(found.body.takesReservations).toBe(true);
  });
});

test('the breaker that opens is shown', async () => {
  links.redis.cut();
  await eventually(async () => {
    await api.client.reserve({ sku: 'lamp', user: 'ann' });
    return ((await status()).body.breakers as Record<string, string>).redis === 'open';
  });
});
