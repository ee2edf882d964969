import CircuitBreaker from 'opossum';

export interface BreakerOptions {
  readonly name: string;
  /** A call that takes longer counts as failed, and its caller goes on without. */
  readonly timeoutMs: number;
  /** How long an open breaker waits before it lets one call try again. */
  readonly resetMs: number;
  readonly onState: (open: boolean) => void;
}

/**
 * Puts a breaker round a call to something that may be slow or away: after enough failures it fails at once, without a call, until a
 * trial succeeds. One breaker guards all calls to the same server.
 * @throws what the call throws, or opossum's error when the breaker is open or the call took too long
 */
export function guard({ name, timeoutMs, resetMs, onState }: BreakerOptions): <T>(call: () => Promise<T>) => Promise<T> {
  const breaker = new CircuitBreaker((call: () => Promise<unknown>) => call(), {
    name,
    timeout: timeoutMs,
    resetTimeout: resetMs,
    errorThresholdPercentage: 50,
    // In the window of 10 s: below this a single slow call at a quiet hour would open it.
    volumeThreshold: 5,
  });
  breaker.on('open', () => onState(true));
  breaker.on('close', () => onState(false));
  return <T>(call: () => Promise<T>) => breaker.fire(call) as Promise<T>;
}
