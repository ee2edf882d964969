import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import { eventually } from '../support/eventually.js';
import { kafkaLink } from '../support/kafka-link.js';
import type { RunningWriterRole } from '../support/service.js';
import { type OpenApi, Site } from '../support/site.js';
import { often, seed } from './repetitions.js';

/** The broker goes and comes, also while the consumer is coming back from the last time: it comes back from that as well. */
const ROUNDS = often(6, 60);
/** Less than the time after which a writer would end itself because it hears nothing. */
const BACK_WITHIN_MS = 8_000;

let site: Site;
let link: Awaited<ReturnType<typeof kafkaLink>>;
let client: OpenApi['client'];
let writer: RunningWriterRole;

beforeAll(async () => {
  link = await kafkaLink(process.env.FLASHSALE_KAFKA_BROKERS ?? '');
  site = await Site.open();
  writer = await site.startWriter({
    FLASHSALE_KAFKA_BROKERS: link.broker,
    FLASHSALE_KAFKA_REQUEST_TIMEOUT_MS: '2000',
    FLASHSALE_CONNECT_TIMEOUT_MS: '1000',
  });
  ({ client } = await site.startApi());
});

afterAll(async () => {
  link.restore();
  await site.close();
  await link.close();
});

test(
  `after each of ${ROUNDS} flapping connections the writer decides again, seed ${seed}`,
  async () => {
    const random = seededRandom(seed);
    const sku = 'lamp';
    await client.open(sku, 1_000);
    const pauses: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let times = 1 + Math.floor(random() * 6); times > 0; times -= 1) {
        link.cut();
        await sleep(random() * 900);
        link.restore();
        await sleep(random() * 400);
      }
      const { body } = await client.reserve({ sku, user: `buyer-${round}`, key: `key-${round}` });
      const since = performance.now();
      await eventually(async () => (await client.reservation(body.reservationId)).body.status === 'RESERVED', { within: BACK_WITHIN_MS });
      pauses.push(performance.now() - since);
    }
    say(`broker-flapping, ${ROUNDS} times: decided again after at most ${(Math.max(...pauses) / 1_000).toFixed(1)} s (FAULT_SEED=${seed})`);
    expect((await site.recount()).faults).toEqual({});
  },
  30_000 + ROUNDS * 20_000,
);

test('the writer has not ended over it', async () => {
  await writer.stop();
});
