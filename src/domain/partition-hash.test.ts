import fc from 'fast-check';
import kafkajs, { type PartitionMetadata } from 'kafkajs';
import type { SkuId } from './ids.js';
import { murmur2, partitionHash, partitionOf } from './partition-hash.js';

const SEED = 20_260_101;
const kafkajsPartition = kafkajs.Partitioners.DefaultPartitioner();

function partitionByKafkajs(key: Buffer | string, partitionCount: number): number {
  const partitionMetadata = Array.from(
    { length: partitionCount },
    (_, partitionId): PartitionMetadata => ({ partitionErrorCode: 0, partitionId, leader: 1, replicas: [1], isr: [1] }),
  );
  return kafkajsPartition({ topic: 'reservation-requests', partitionMetadata, message: { key, value: null } });
}

const partitionCounts = fc.constantFrom(1, 2, 3, 10, 64, 997);

describe('the hash that names a partition', () => {
  it('puts every SKU id where kafkajs puts it', () => {
    const skuIds = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/);
    fc.assert(
      fc.property(skuIds, partitionCounts, (key, count) => {
        expect(partitionOf(key as SkuId, count)).toBe(partitionByKafkajs(key, count));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('puts every text where kafkajs puts it, whatever the script', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 24 }), partitionCounts, (key, count) => {
        expect(partitionOf(key as SkuId, count)).toBe(partitionByKafkajs(key, count));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it.each(Array.from({ length: 21 }, (_, length) => length))('agrees with kafkajs on keys of %i bytes, high bits set too', (length) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (bytes) => {
        const key = Buffer.from(bytes);
        expect((murmur2(key) & 0x7fffffff) % 997).toBe(partitionByKafkajs(key, 997));
      }),
      { seed: SEED, numRuns: 50 },
    );
  });

  // Figures of Kafka's own UtilsTest.testMurmur2, as unsigned numbers.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Kafka does', (key, signed) => {
    expect(murmur2(Buffer.from(key))).toBe(signed >>> 0);
  });

  it('reads a buffer that starts in the middle of its memory', () => {
    const memory = Buffer.from('xxxsku-1');
    expect(murmur2(memory.subarray(3))).toBe(partitionHash('sku-1' as SkuId));
  });
});
