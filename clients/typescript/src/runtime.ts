/** Time and chance, so that a test can say what they are. */
export interface Runtime {
  /** Milliseconds, never going back. */
  now(): number;
  /** Any time: Infinity goes on until the signal. Rejects with the signal's reason when that is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Of anything longer, 24.8 days, setTimeout makes 1 ms. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export const systemRuntime: Runtime = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      let timer: ReturnType<typeof setTimeout>;
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const wait = (leftMs: number): void => {
        const partMs = Math.min(leftMs, TIMER_MAX_MS);
        timer = setTimeout(() => {
          if (leftMs > partMs) return wait(leftMs - partMs);
          signal.removeEventListener('abort', stop);
          resolve();
        }, partMs);
      };
      signal.addEventListener('abort', stop, { once: true });
      wait(ms);
    }),
  random: () => Math.random(),
};

/** A random UUID. `crypto.randomUUID` is there only on pages that came over https. */
export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}
