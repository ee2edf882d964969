import type { Clock, Random } from '../../src/ports/runtime.js';
import type { Prng } from './prng.js';
import type { World } from './world.js';

/** How likely each fate of a call to a server is; the rest is answered. */
export interface Fates {
  /** Never arrives: nothing happens, and the caller is told of a broken connection. */
  readonly lost: number;
  /** Happens, and the caller is told of a broken connection. */
  readonly unanswered: number;
  /** The caller is told of a broken connection, and it happens afterwards. */
  readonly late: number;
}

export const NO_FATES: Fates = { lost: 0, unanswered: 0, late: 0 };

const brokenConnection = (): Error => Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' });

/** A process of the service: it may die at any of its awaits, or stand still for a while, and its clock is its own. */
export class Process {
  isAlive = true;
  stoppedUntil = 0;
  readonly chance: Prng;
  readonly clock: Clock;
  readonly random: Random;

  constructor(
    readonly world: World,
    readonly name: string,
    /** Milliseconds by which its wall clock is ahead of the database's. */
    private skew: number,
    /** Asked anew for every call. */
    private readonly fates: () => Fates,
  ) {
    this.chance = world.randomOf(name);
    this.clock = {
      now: () => world.now + this.skew,
      monotonic: () => world.now,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          const end = (): void => {
            timer.cancelled = true;
            signal?.removeEventListener('abort', end);
            resolve();
          };
          const timer = world.later(ms, end, this);
          signal?.addEventListener('abort', end);
        }),
    };
    this.random = {
      uuid: () => `00000000-0000-4000-8000-${String(this.chance.between(0, 999_999_999_999)).padStart(12, '0')}`,
      fraction: () => this.chance.fraction(),
    };
  }

  /** Somebody sets its wall clock. */
  stepClock(ms: number): void {
    this.skew += ms;
  }

  /** SIGKILL: nothing that it waits for ever comes, and what it has sent is under way. */
  kill(): void {
    this.isAlive = false;
  }

  /** SIGSTOP, and SIGCONT so many milliseconds later. */
  stop(ms: number): void {
    this.stoppedUntil = Math.max(this.stoppedUntil, this.world.now + ms);
  }

  /**
   * Asks a server: the question travels, is answered there in one moment, and the answer travels back.
   * @param isRead it changes nothing, so it does not matter whether it happens late
   */
  call<T>(apply: () => T, { isRead = false } = {}): Promise<T> {
    const { world, chance: random } = this;
    const { lost, unanswered, late } = this.fates();
    const [outward, back] = [random.between(0, 4), random.between(0, 4)];
    const fate = random.fraction();
    return new Promise((resolve, reject) => {
      const fail = (ms: number): void => void world.later(ms, () => reject(brokenConnection()), this);
      if (fate < lost) return fail(outward + back + random.between(0, 400));
      if (fate < lost + late && !isRead) {
        const broken = outward + random.between(0, 200);
        world.later(broken + random.between(1, 1_500), () => attempt(apply), null);
        return fail(broken);
      }
      world.later(
        outward,
        () => {
          const result = attempt(apply);
          if (fate < lost + late + unanswered) return fail(back + random.between(0, 300));
          world.later(back, () => ('error' in result ? reject(result.error) : resolve(result.value)), this);
        },
        null,
      );
    });
  }
}

function attempt<T>(apply: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: apply() };
  } catch (error) {
    return { error };
  }
}
