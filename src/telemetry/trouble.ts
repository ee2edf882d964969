import type { Log } from './log.js';

/** Something that goes on failing until it does not: told when it begins and when it is over, and at level debug meanwhile. */
export interface Trouble {
  /** @param where one of several that fail together, as partitions do when a broker is away: that is one trouble */
  failed(where: string | number, error: unknown): void;
  over(where: string | number): void;
}

export function createTrouble(log: Log, what: string): Trouble {
  const failing = new Set<string | number>();
  return {
    failed(where, error) {
      if (failing.size === 0) log.warn(`${what}; it is tried again`, { error, where });
      else log.debug(what, { error, where });
      failing.add(where);
    },
    over(where) {
      if (failing.delete(where) && failing.size === 0) log.info(`over: ${what}`);
    },
  };
}
