/** Records that one chunk holds at most; also the batch of the design this grew from (max.poll.records 250). */
export const CHUNK_MAX_RECORDS = 250;
/** Highest number of units a SKU may have, and a command may ask for: fits PostgreSQL's integer with room for sums. */
export const UNITS_MAX = 1_000_000_000;
/** How long a refusing hint holds after the decision that gave it (I8). */
export const REFUSING_HINT_TTL_MS = 2_000;
/** How long an undecided request waits before the writer refuses it. */
export const DECIDE_BY_MS = 30_000;
/** The last moment of the year 9999, epoch milliseconds: what every part of the service can store and print. The first one is 0. */
export const TIME_MAX = 253_402_300_799_999;
export const HOLD_SECONDS_DEFAULT = 600;
export const HOLD_SECONDS_MAX = 7 * 24 * 3600;
export const PER_USER_LIMIT_DEFAULT = 10;
export const MAX_QUANTITY_DEFAULT = 10;
export const NAME_MAX_LENGTH = 200;
/** Characters of an operator's reason. */
export const REASON_MAX_LENGTH = 200;
