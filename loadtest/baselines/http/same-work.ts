import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createAccept } from '../../../src/admission/accept.js';
import { createAdmission } from '../../../src/admission/admit.js';
import { guard } from '../../../src/admission/breaker.js';
import { startQueueWatch } from '../../../src/admission/queue-watch.js';
import { createHintCache } from '../../../src/cache/hint-cache.js';
import { cachedApiKeys } from '../../../src/catalogue/api-key-cache.js';
import { findApiKey } from '../../../src/catalogue/api-keys.js';
import { createKnownSkus } from '../../../src/catalogue/known-skus.js';
import { loadConfig } from '../../../src/config.js';
import { systemClock as clock } from '../../../src/connections/clock.js';
import { createKafka, createProducer } from '../../../src/connections/kafka.js';
import { hotPool } from '../../../src/connections/postgres.js';
import { connected, createRedis } from '../../../src/connections/redis.js';
import type { SkuId } from '../../../src/domain/ids.js';
import { authenticate, buyerOf } from '../../../src/http/authenticate.js';
import { idempotencyKeyOf } from '../../../src/http/headers.js';
import { Problem } from '../../../src/http/problem.js';
import { readBody } from '../../../src/http/read-body.js';
import { queuedJson, reservationPath } from '../../../src/http/reservation-json.js';
import { reserveBody } from '../../../src/http/schemas.js';
import { createKafkaProducer } from '../../../src/log/kafka-producer.js';
import { Publisher } from '../../../src/log/publisher.js';
import type { ReserveRequest } from '../../../src/ports/admission.js';
import { createQueuePositions } from '../../../src/store/queue-positions.js';
import { createReaderStore } from '../../../src/store/reader-store.js';
import { createLog, createPino } from '../../../src/telemetry/log.js';
import { listen } from './listen.js';

/**
 * A bare node:http handler round the service's own modules: the key looked up, the body read and checked, one admission a turn of the event
 * loop, batches to the log, the mark QUEUED, the same answer. What is left out is what the service adds for everybody else: Express and its
 * routes, checks of ambiguous headers, security headers, request ids, metrics and the log of requests, bounds of what goes on at once, waits
 * for a decision with the news that they need, repeats, problem answers, and a clean end.
 */
const config = loadConfig();
const log = createLog(createPino(config.logLevel));
const ignore = (): void => undefined;
const pool = hotPool(config.postgres, { name: 'same-work', connections: config.postgres.apiConnections }, log);
const store = createReaderStore(pool, ignore);
const redis = createRedis(config.redis, log);
const kafka = createKafka(config.kafka, log);
const producer = createProducer(kafka);
await Promise.all([connected(redis), producer.connect()]);

const cache = createHintCache(redis, { prefix: config.redis.prefix, buyerRate: config.http.buyerRate, observe: ignore });
const guarded = guard({ name: 'redis', timeoutMs: config.redis.timeoutMs, resetMs: 1_000, onState: ignore });
const { topic, publish: publishing } = config.kafka;
const publisher = new Publisher(createKafkaProducer(producer, topic.name, publishing.deadlineMs), {
  ...{ ...publishing, partitionCount: topic.partitions, clock },
  ...{ onSend: ignore, onSettled: ignore, onError: (error: unknown) => log.error('not published', { error }) },
});
const accept = createAccept({
  ...{ clock, cache, guarded, partitionCount: topic.partitions },
  ...{ decideByMs: config.http.decideByMs, maxQueueMs: config.http.maxQueueMs },
  queue: startQueueWatch({ nextOffsets: createQueuePositions(pool, ignore), clock }),
  isKnownSku: createKnownSkus(store, clock),
  admit: createAdmission({ cache, guarded, onResult: ignore }),
  publish: (command) => publisher.publish(command),
  latest: async (view) => view,
});
const credentials = {
  findApiKey: cachedApiKeys({ find: (hash) => findApiKey(pool, hash), clock }),
  verifyToken: async () => ({ kind: 'refused', reason: 'UNTRUSTED' }) as const,
};

listen(createServer((req, res) => void answer(req, res)));

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const request = await requestOf(req);
  const accepted = request instanceof Problem ? request : await accept(request);
  if (accepted instanceof Problem || accepted.kind !== 'queued') {
    res.writeHead(accepted instanceof Problem ? accepted.status : 503).end();
    return;
  }
  const { reservation, queue } = accepted;
  const payload = JSON.stringify(queuedJson(reservation, queue));
  res.writeHead(202, {
    Location: reservationPath(reservation),
    'Retry-After': '1',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(payload),
  });
  res.end(payload);
}

async function requestOf(req: IncomingMessage): Promise<ReserveRequest | Problem> {
  if (req.method !== 'POST' || req.url !== '/v1/reservations') return new Problem('NOT_FOUND');
  const identity = await authenticate(credentials, req, 'reserve');
  if (identity instanceof Problem) return identity;
  const idempotencyKey = idempotencyKeyOf(req);
  if (idempotencyKey instanceof Problem) return idempotencyKey;
  const body = await readBody(req, reserveBody);
  if (body instanceof Problem) return body;
  const principal = buyerOf(identity, body.userId);
  if (principal instanceof Problem) return principal;
  return { principal, idempotencyKey, skuId: body.skuId as SkuId, quantity: body.quantity, correlationId: 'same-work' };
}
