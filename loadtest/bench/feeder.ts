import type { SkuId } from '../../src/domain/ids.js';
import { reserveCommand } from './commands.js';
import { feedAtRate, openFeed } from './feed.js';

/** The feeding process of the latency bench: brokers, topic, commands a second, seconds, number of SKUs. */
const [brokers = '', topic = '', perSecond = '', seconds = '', skus = ''] = process.argv.slice(2);
// Beforehand: hashing them costs as much CPU as publishing them, on the cores that the service is measured on.
const commands = Array.from({ length: Number(perSecond) * Number(seconds) }, (_, at) =>
  reserveCommand(`sku-${at % Number(skus)}` as SkuId, `buyer-${at}`),
);
const feed = await openFeed({ servers: { brokers: brokers.split(',') }, topic });
await feedAtRate(feed, Number(perSecond), Number(seconds), (at) => {
  const { decideBy, timestamp, ...command } = commands[at] as (typeof commands)[number];
  const now = Date.now();
  return { ...command, timestamp: now, decideBy: now + decideBy - timestamp };
});
await feed.close();
