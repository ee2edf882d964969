import { createHash } from 'node:crypto';
import type { RawRecord } from '../ports/log.js';

/** 64 bits that tell one record from another at the same offset: of its key, value and append time. */
export function fingerprint({ key, value, appendedAt }: RawRecord): string {
  const hash = createHash('sha256').update(`${appendedAt} ${key?.length ?? -1} ${value?.length ?? -1}\n`);
  if (key !== null) hash.update(key);
  if (value !== null) hash.update(value);
  return hash.digest('hex').slice(0, 16);
}
