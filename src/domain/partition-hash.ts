const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const ROTATION = 24;

function mixTail(hash: number, data: Buffer, start: number): number {
  const left = data.length - start;
  if (left === 0) return hash;
  let mixed = hash;
  if (left === 3) mixed ^= (data[start + 2] as number) << 16;
  if (left >= 2) mixed ^= (data[start + 1] as number) << 8;
  return Math.imul(mixed ^ (data[start] as number), MULTIPLIER);
}

/**
 * The 32-bit murmur2 that Kafka's default partitioner takes of a key (Austin Appleby's MurmurHash2 with Kafka's seed), as an unsigned number.
 * Ours, because an id has to name its partition before any client library is asked; a test holds it against kafkajs.
 */
export function murmur2(data: Buffer): number {
  let hash = SEED ^ data.length;
  const whole = data.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(data.readInt32LE(at), MULTIPLIER);
    word ^= word >>> ROTATION;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  hash = mixTail(hash, data, whole);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) >>> 0;
}

let lastSku = '';
let lastHash = murmur2(Buffer.from(''));

/** Remembers the last one: a chunk of a flash sale is mostly about one SKU, and asks twice for each of its records. */
export function partitionHash(skuId: string): number {
  if (skuId !== lastSku) {
    lastHash = murmur2(Buffer.from(skuId));
    lastSku = skuId;
  }
  return lastHash;
}

/** The partition of a SKU's commands: Kafka's default partitioner for a keyed record. */
export function partitionOf(skuId: string, partitionCount: number): number {
  return (partitionHash(skuId) & 0x7fffffff) % partitionCount;
}

/** The partition that decides an id: readable from the id alone, which begins with its SKU's hash. */
export function partitionOfId(id: string, partitionCount: number): number {
  return (Number.parseInt(id.slice(0, 8), 16) & 0x7fffffff) % partitionCount;
}
