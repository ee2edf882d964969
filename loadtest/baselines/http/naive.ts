import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import express from 'express';
import { Redis } from 'ioredis';
import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import pg from 'pg';
import type { SkuId } from '../../../src/domain/ids.js';
import { encodeCommand } from '../../../src/log/codec.js';
import { reserveCommand } from '../../bench/commands.js';
import { type Asked, queuedAnswer } from './answer.js';
import { listen } from './listen.js';

/**
 * What the well-known examples of a flash sale do: each step awaited by itself, one send a request. Each is done with care: connections are
 * kept, the API key is remembered, Redis is asked for nothing twice. Its commands are those of the service, so that a writer has the same to
 * do beside it. It leaves out what the service checks of a request beyond these steps.
 */
const settings = (name: string): string => process.env[name] ?? '';
const prefix = `${settings('FLASHSALE_REDIS_PREFIX')}naive:`;
const topic = settings('FLASHSALE_TOPIC');
const redis = new Redis(settings('FLASHSALE_REDIS_URL'));
const database = new pg.Pool({ connectionString: settings('FLASHSALE_DATABASE_URL'), max: 4 });
const kafka = new Kafka({ brokers: settings('FLASHSALE_KAFKA_BROKERS').split(','), logLevel: logLevel.ERROR });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false });
await producer.connect();

const KEY_FRESH_MS = 3_000;
const MARK_SECONDS = 120;
const REQUESTS_A_MINUTE = 100;
const keys = new Map<string, { readonly isKnown: Promise<boolean>; readonly until: number }>();

function isKnown(key: string): Promise<boolean> {
  const remembered = keys.get(key);
  if (remembered !== undefined && Date.now() < remembered.until) return remembered.isKnown;
  const hash = createHash('sha256').update(key).digest('hex');
  const found = database.query('select 1 from api_keys where key_hash = $1', [hash]).then(({ rowCount }) => rowCount === 1);
  keys.set(key, { isKnown: found, until: Date.now() + KEY_FRESH_MS });
  return found;
}

const app = express();
app.use(express.json());
app.post('/v1/reservations', async (req, res) => {
  const { skuId, userId, quantity } = req.body as Asked;
  const idempotencyKey = req.get('idempotency-key');
  if (!(await isKnown(req.get('authorization')?.slice(7) ?? ''))) return void res.status(401).json({ error: 'unauthorized' });
  if (!idempotencyKey || !skuId || !userId || !(quantity > 0)) return void res.status(400).json({ error: 'invalid' });
  const before = await redis.get(`${prefix}idempotency:${idempotencyKey}`);
  if (before !== null) return void res.status(200).json(JSON.parse(before));
  const requests = await redis.incr(`${prefix}rate:${userId}`);
  if (requests === 1) await redis.expire(`${prefix}rate:${userId}`, 60);
  if (requests > REQUESTS_A_MINUTE) return void res.status(429).json({ error: 'too many requests' });
  const left = await redis.get(`${prefix}stock:${skuId}`);
  if (left !== null && Number(left) < quantity) return void res.status(409).json({ error: 'sold out' });
  const command = reserveCommand(skuId as SkuId, userId);
  const answer = queuedAnswer({ skuId, userId, quantity }, command.reservationId);
  await producer.send({
    topic,
    acks: -1,
    compression: CompressionTypes.None,
    messages: [{ key: skuId, value: encodeCommand(command) }],
  });
  await redis.set(`${prefix}idempotency:${idempotencyKey}`, JSON.stringify(answer), 'EX', MARK_SECONDS);
  res.status(202).json(answer);
});
listen(createServer(app));
