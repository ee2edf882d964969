import type { Member } from '../../stand/members.js';
import { untilReady } from '../../stand/ready.js';
import type { Environment, Servers } from '../../stand/servers.js';
import { numberOf } from '../histogram.js';
import { onStand, type Stand } from '../stand.js';
import type { Shop } from './buyers.js';

/** Each waits a few seconds for the decision. */
const CREATE_TRIES = 10;

export interface Service {
  readonly shop: Shop;
  readonly stand: Stand;
  readonly members: readonly Member[];
  /** CPU seconds of the API process so far. */
  cpuSeconds(): Promise<number>;
}

/** One API process and one writer, with a SKU that does not sell out. */
export function withService<T>(servers: Servers, settings: Environment, work: (service: Service) => Promise<T>): Promise<T> {
  return onStand(servers, async (stand) => {
    const members = [(await stand.startWriter()).member, await stand.startApi(settings)];
    await untilReady(members);
    const [, { baseUrl: url, metricsUrl }] = members as [Member, Member];
    const shop = { url, apiKey: await stand.apiKey(), sku: 'overload' };
    await putOnSale(shop);
    const cpuSeconds = async (): Promise<number> => numberOf(await (await fetch(metricsUrl)).text(), 'process_cpu_seconds_total');
    return await work({ shop, stand, members, cpuSeconds });
  });
}

/** Again while it is under way (202): the same command has the same answer, whoever waits for it. */
async function putOnSale({ url, apiKey, sku }: Shop): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const { status } = await fetch(`${url}/v1/admin/skus/${sku}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ total: 100_000_000, perUserLimit: 1, maxQuantity: 1 }),
    });
    if (status === 201 || status === 200) return;
    if (status !== 202 || tries >= CREATE_TRIES) throw new Error(`the SKU was not created: ${status}`);
  }
}
