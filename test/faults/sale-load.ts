import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Reply } from '../support/client.js';
import { EndlessSale, onePerPartition } from './endless-sale.js';
import type { Span } from './pauses.js';
import type { Stand } from './stand.js';
import { SteadyCalls } from './steady-calls.js';
import { SteadyFeed } from './steady-feed.js';

/** Of every command there is, straight into the log. */
const FED_PER_SECOND = 150;
const ASKED_PER_SECOND = 60;
const READ_PER_SECOND = 40;
/** Before the first fault and after the last. */
const QUIET_MS = 500;
const PLENTY = 1_000_000;

export const FED_SKUS = onePerPartition('fed');
/** Never sold out. */
export const ASKED_SKUS = onePerPartition('asked');

export interface Carried {
  readonly span: Span;
  /** What buyers were answered, and those who asked what had become of their requests. */
  readonly asked: SteadyCalls;
  readonly read: SteadyCalls;
}

/** A sale under way, from all sides: lives of reservations in the log, buyers over HTTP, and their questions. */
export class SaleLoad {
  /** What was answered 202, or acknowledged by the log: each must be decided. */
  readonly accepted = new Set<string>();
  /** Those of buyers over HTTP. */
  readonly promised: string[] = [];
  private readonly sale: EndlessSale;
  private readonly clients: readonly Client[];
  private asked = 0;

  private constructor(
    private readonly stand: Stand,
    urls: readonly string[],
    apiKey: string,
    random: () => number,
  ) {
    this.sale = new EndlessSale(FED_SKUS, random);
    const onAccepted = (id: string): void => {
      this.accepted.add(id);
      this.promised.push(id);
    };
    this.clients = urls.map((url) => new Client({ url, apiKey, onAccepted }));
  }

  /** @param random for the commands: the same source gives the same ones */
  static async open(stand: Stand, urls: readonly string[], random: () => number): Promise<SaleLoad> {
    const load = new SaleLoad(stand, urls, await stand.apiKey(), random);
    const feed = await SteadyFeed.open(stand.place);
    await feed.publish(load.sale.opening());
    await feed.close();
    await Promise.all(ASKED_SKUS.map((sku) => load.client().open(sku, PLENTY, { holdSeconds: 3_600 })));
    return load;
  }

  /** The API processes in turn. */
  client(): Client {
    return this.clients[this.asked++ % this.clients.length] as Client;
  }

  /** Resolves when the fault is over, and every request has its answer. */
  async during(fault: () => Promise<void>): Promise<Carried> {
    const feed = await SteadyFeed.open(this.stand.place);
    const from = Date.now();
    feed.start(FED_PER_SECOND, this.sale.next);
    const asked = new SteadyCalls(ASKED_PER_SECOND, () => this.ask());
    const read = new SteadyCalls(READ_PER_SECOND, () => this.read());
    let until = from;
    try {
      await sleep(QUIET_MS);
      await fault();
      await sleep(QUIET_MS);
      until = Date.now();
    } finally {
      await Promise.allSettled([asked.stop(), read.stop()]);
      await feed.close();
    }
    await Promise.all([asked.stop(), read.stop(), feed.stop()]);
    for (const id of feed.accepted) this.accepted.add(id);
    return { span: { from, until }, asked, read };
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }

  private ask(): Promise<Reply> {
    const n = this.asked;
    return this.client().reserve({ sku: ASKED_SKUS[n % ASKED_SKUS.length] as string, user: `asker-${n}` });
  }

  private read(): Promise<Reply> | null {
    // Old ones and new ones, all over.
    const id = this.promised[(this.asked * 31) % Math.max(1, this.promised.length)];
    return id === undefined ? null : this.client().reservation(id);
  }
}
