import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Command } from '../../src/domain/command.js';
import { commandIdFor, type SkuId } from '../../src/domain/ids.js';
import type { CloudEvent } from '../../src/events/event.js';
import { ENVELOPE, EVENT_SCHEMAS } from '../../src/events/schemas.js';
import { configure, type ReserveParts, reserve } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import type { RunningWriterRole } from '../support/service.js';
import { Site } from '../support/site.js';

/** What another service sees of a sale: every decision, in the order of its SKU, whichever writer published it (I10). */
const SKUS = ['ink', 'pen', 'mug', 'cup', 'hat'];

let site: Site;
let writer: RunningWriterRole;

beforeAll(async () => {
  site = await Site.open();
  writer = await site.startWriter();
});

afterAll(() => site.close());

/** Of the reservation that this request made. */
function about(parts: ReserveParts, salt: string) {
  const { reservationId, skuId, issuer, userId, correlationId, timestamp } = reserve(parts);
  return { commandId: commandIdFor(skuId, [salt, reservationId]), reservationId, skuId, issuer, userId, correlationId, timestamp };
}

/** Whole lives on one SKU: 40 requests for 30 units; some are sold, some given up, some prolonged; repeats and refusals of all kinds. */
function saleOf(sku: string): Command[] {
  const of = (n: number): ReserveParts => ({ sku, user: `buyer-${n}` });
  const buyers = Array.from({ length: 40 }, (_, n) => n);
  const { issuer, userId, correlationId, timestamp } = configure(sku, { total: 30 });
  const adjust = {
    type: 'adjust' as const,
    skuId: sku as SkuId,
    commandId: commandIdFor(sku as SkuId, ['more']),
    delta: 2,
    reason: 'a "find"',
  };
  return [
    configure(sku, { total: 30 }, { name: `"${sku}"`, holdSeconds: 2 }),
    ...buyers.map((n) => reserve(of(n))),
    ...buyers.filter((n) => n % 3 === 0).map((n): Command => ({ type: 'confirm', ...about(of(n), 'pay'), paymentReference: `pay-${n}` })),
    ...buyers.filter((n) => n % 3 === 1).map((n): Command => ({ type: 'cancel', ...about(of(n), 'cancel') })),
    ...buyers.filter((n) => n % 9 === 2).map((n): Command => ({ type: 'extend', ...about(of(n), 'extend'), seconds: 1 })),
    reserve(of(0)),
    { ...reserve(of(0)), quantity: 2 },
    { ...adjust, issuer, userId, correlationId, timestamp },
  ];
}

/** Every event that is out now, in the order of its partition. */
async function published(): Promise<CloudEvent[]> {
  const records = await site.events.read();
  return records.map(({ key, value }) => {
    const event = ENVELOPE.parse(JSON.parse(value ?? '')) as CloudEvent;
    EVENT_SCHEMAS[event.type].parse(event.data);
    expect(key).toBe(event.partitionkey);
    return event;
  });
}

/** First occurrences only. */
const idsOf = (events: readonly CloudEvent[], sku: string): string[] => [
  ...new Set(events.filter(({ partitionkey }) => partitionkey === sku).map(({ id }) => id)),
];

async function everyDecision(): Promise<Map<string, string[]>> {
  const { rows } = await site.sql.query<{ sku: string; n: number }>('select sku_id as sku, sequence::int as n from stock');
  return new Map(rows.map(({ sku, n }) => [sku, Array.from({ length: n }, (_, at) => `${sku}:${at + 1}`)]));
}

async function allOut(): Promise<void> {
  await eventually(async () => {
    const { rows } = await site.sql.query(`
      select from ledger l join partitions p using (partition) where l.last_offset >= coalesce(p.relayed_through, 0)`);
    return rows.length === 0;
  });
}

async function expectAll(): Promise<CloudEvent[]> {
  await site.applied();
  const decisions = await everyDecision();
  await allOut();
  const events = await published();
  // The sweep may have gone on meanwhile.
  for (const [sku, ids] of decisions) expect([sku, idsOf(events, sku).slice(0, ids.length)]).toEqual([sku, ids]);
  return events;
}

test('each decision of a sale with all commands is out, in the order of its SKU', async () => {
  await site.log.appendCommands(SKUS.slice(0, 2).flatMap(saleOf));
  const events = await expectAll();
  expect(events).toHaveLength(new Set(events.map(({ id }) => id)).size);
  const types = new Set(events.map(({ type }) => type));
  for (const name of ['reserved', 'rejected', 'confirmed', 'cancelled', 'extended'])
    expect(types).toContain(`flashsale.reservation.${name}.v1`);
  for (const name of ['sku.configured', 'sku.adjusted', 'command.refused', 'command.repeated'])
    expect(types).toContain(`flashsale.${name}.v1`);
  expect(await writer.metric('flashsale_events_published_total')).toBe(events.length);
});

const holdsOver = (): Promise<unknown> =>
  eventually(async () => {
    const { rows } = await site.sql.query("select from reservations where status = 'RESERVED'");
    return rows.length === 0;
  });

test('holds that the sweep ends are told too', async () => {
  await holdsOver();
  const events = await expectAll();
  expect(events.filter(({ type }) => type === 'flashsale.reservation.expired.v1').length).toBeGreaterThan(0);
  await eventually(async () => (await writer.metric('flashsale_relay_lag_seconds')) === 0);
});

test('a partition that changes hands in the middle leaves nothing out', async () => {
  const commands = SKUS.slice(2).map(saleOf);
  for (let at = 0; at < 20; at += 1) {
    await site.log.appendCommands(commands.flatMap((sale) => sale.splice(0, 5)));
    if (at === 4) await site.startWriter();
    if (at === 10) await writer.stop();
  }
  await expectAll();
});

test('published again from the beginning, each is the same as before', async () => {
  await holdsOver();
  const before = new Map((await expectAll()).map((event) => [event.id, event]));
  await site.sql.query('update partitions set relayed_through = null');
  const again = await expectAll();
  expect(again.length).toBeGreaterThanOrEqual(2 * before.size);
  for (const event of again) expect(event).toEqual(before.get(event.id));
});

test('the example consumer takes each once', async () => {
  const ids = new Set((await published()).map(({ id }) => id));
  const env = { PATH: process.env.PATH, ...site.environmentOfTools() };
  const example = spawn(process.execPath, ['docs/examples/event-consumer.mjs', site.ownGroup()], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [seen, complaints]: string[][] = [[], []];
  createInterface({ input: example.stdout }).on('line', (line) => seen?.push(line.split(' ')[0] ?? ''));
  createInterface({ input: example.stderr }).on('line', (line) => complaints?.push(line));
  await eventually(() => new Set(seen).size === ids.size);
  const ended = new Promise((resolve) => example.once('exit', resolve));
  example.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect([seen?.length, complaints]).toEqual([ids.size, []]);
});

test('the recount finds nothing wrong', async () => expect((await site.recount()).faults).toEqual({}));
