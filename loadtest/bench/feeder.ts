import type { SkuId } from '../../src/domain/ids.js';
import { reserveCommand } from './commands.js';
import { feedAtRate, openFeed } from './feed.js';

/** The feeding process of the latency bench: brokers, topic, commands a second, seconds, number of SKUs. */
const [brokers = '', topic = '', perSecond = '', seconds = '', skus = ''] = process.argv.slice(2);
const feed = await openFeed({ servers: { brokers: brokers.split(',') }, topic });
await feedAtRate(feed, Number(perSecond), Number(seconds), (at) => reserveCommand(`sku-${at % Number(skus)}` as SkuId, `buyer-${at}`));
await feed.close();
