import type { Process } from './process.js';

/** The connection that an owner commits on: what is sent on it takes place, and is answered, in the order of sending. */
export class OrderedConnection {
  private sent: (() => void)[] = [];
  private answered: Promise<unknown> = Promise.resolve();

  constructor(private readonly process: Process) {}

  async send<T>(statement: () => T): Promise<T> {
    const { sent } = this;
    let outcome: { readonly value: T } | { readonly error: unknown } | null = null;
    sent.push(() => {
      outcome = attempt(statement);
    });
    const mine = this.process.call(() => {
      // What was sent before it and is still under way takes place first.
      while (outcome === null) sent.shift()?.();
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    });
    const before = this.answered;
    this.answered = mine.catch(() => {
      // After a failure the next one goes over a new connection; what never arrived is gone with this one.
      if (this.sent === sent) this.sent = [];
    });
    await before;
    return await mine;
  }
}

function attempt<T>(statement: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: statement() };
  } catch (error) {
    return { error };
  }
}
