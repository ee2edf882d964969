import { randomUUID } from 'node:crypto';
import { say } from '../../infra/local/say.mjs';
import type { Member } from '../../loadtest/stand/members.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { configure, SHOP, skusIn } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { Balancer } from './balancer.js';
import { HttpLoad } from './http-load.js';
import { Stand, signalled } from './stand.js';
import { SteadyFeed } from './steady-feed.js';

/** API processes are replaced one after the other under load, behind somebody who asks /readyz: nobody who buys notices. */
const RESTARTS = process.env.FAULT_FULL === '1' ? 50 : 4;
const PER_SECOND = 150;
const SHUTDOWN_DELAY_MS = 1_000;

let stand: Stand;
let feed: SteadyFeed;
beforeAll(async () => {
  stand = await Stand.open('rolling', { FLASHSALE_SHUTDOWN_DELAY_MS: String(SHUTDOWN_DELAY_MS) });
  feed = await SteadyFeed.open(stand.place);
}, 60_000);
afterAll(async () => {
  await feed?.close();
  await stand?.close();
}, 60_000);

const skus = Array.from({ length: PARTITIONS }, (_, partition) => skusIn(partition, PARTITIONS, 'sku', 1)[0] as string);

test(
  `${RESTARTS} API processes replaced under load: every request is accepted, and every accepted one decided`,
  async () => {
    const apis: Member[] = await Promise.all(['api-1', 'api-2'].map((name) => stand.start(name, 'api')));
    await stand.start('writer', 'writer');
    await stand.ready();
    await feed.publish(skus.map((sku) => configure(sku, { total: 1_000_000 })));
    await stand.drained();
    const balancer = new Balancer(() => apis);
    await eventually(() => apis.every((api) => balancer.knows(api)));
    const authorization = `Bearer ${await stand.apiKey()}`;
    let buyers = 0;
    const load = new HttpLoad({
      url: () => `${balancer.next()}/v1/reservations`,
      connections: 30,
      perSecond: PER_SECOND,
      next: () => ({
        headers: { authorization, 'idempotency-key': randomUUID() },
        body: { skuId: skus[buyers % skus.length], quantity: 1, userId: `${SHOP}-${buyers++}` },
      }),
    });

    const ends: { code: number | null; ms: number }[] = [];
    for (let n = 0; n < RESTARTS; n += 1) {
      const at = n % apis.length;
      const before = load.asked.length;
      await eventually(() => load.asked.length > before + PER_SECOND / 2);
      ends.push(await signalled(apis[at] as Member, 'SIGTERM'));
      const next = await stand.start(`api-${at + 1}`, 'api');
      apis[at] = next;
      await eventually(() => balancer.knows(next));
    }
    await load.stop();
    await balancer.close();
    await stand.drained();

    const accepted = load.asked.flatMap(({ fate }) => (fate.kind === 'answered' && fate.status === 202 ? [idIn(fate.body)] : []));
    const others = load.asked.filter(({ fate }) => fate.kind !== 'answered' || fate.status !== 202);
    const slowest = Math.max(...ends.map(({ ms }) => ms));
    say(
      `rolling-restart: ${RESTARTS} API processes replaced, ${accepted.length} of ${load.asked.length} accepted, slowest end ${(slowest / 1_000).toFixed(2)} s`,
    );
    expect(others).toEqual([]);
    expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 0));
    expect(Math.min(...ends.map(({ ms }) => ms))).toBeGreaterThan(SHUTDOWN_DELAY_MS);
    expect(await stand.faults(accepted)).toEqual({});
  },
  RESTARTS * 15_000 + 60_000,
);

const idIn = (body: string): string => (JSON.parse(body) as { reservationId: string }).reservationId;
