/** How a failed statement is to be treated. Everything that is not certainly the data's fault is worth another try. */
export type FailureKind = 'data' | 'transient';

/**
 * SQLSTATE classes 22 (data exception) and 23 (constraint violation) are the data's fault; P0001 is our own raise. All else (full disk,
 * locks, a lost connection, a time-out) passes, and what had been committed by then is found by reading again.
 */
export function failureKind(error: unknown): FailureKind {
  const code = sqlState(error);
  return code !== null && (code.startsWith('22') || code.startsWith('23') || code === 'P0001') ? 'data' : 'transient';
}

function sqlState(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  const { code } = error;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** 23505: an id that was to be inserted is there already. */
export const isUniqueViolation = (error: unknown): boolean => sqlState(error) === '23505';

/** Nothing is wrong: a repeat came so late that its first request was remembered no more. */
export class StaleMemory extends Error {
  constructor(cause: unknown) {
    super('a request was taken for new that had been decided before; it is decided again from the database', { cause });
    this.name = 'StaleMemory';
  }
}

/** A batch that was waiting when its partition went to another owner: it was never sent. */
export class Withdrawn extends Error {
  constructor() {
    super('the partition has another owner now');
    this.name = 'Withdrawn';
  }
}

/** A batch that lost its compare-and-set: what was decided is void, the SKU has moved on, or it came to the database seconds late. */
export class LostCompareAndSet extends Error {
  constructor(skuId: string) {
    super(`another writer has committed the SKU ${skuId} since it was read, or the database took the batch too late`);
    this.name = 'LostCompareAndSet';
  }
}
