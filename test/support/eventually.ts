const LOOK_AGAIN_MS = 10;
/** Generous: a condition that comes true ends the wait at once, and the machine may be busy with other things. */
const WITHIN_MS = 20_000;

/**
 * Waits until a condition holds: it neither throws nor answers false.
 * @returns what it answered
 * @throws its last error, or that it never held, once the time is over
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { within = WITHIN_MS }: { within?: number } = {},
): Promise<Exclude<T, false>> {
  const deadline = performance.now() + within;
  for (;;) {
    let failure: unknown = new Error(`did not hold within ${within} ms: ${condition}`);
    try {
      const answer = await condition();
      if (answer !== false) return answer as Exclude<T, false>;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > deadline) throw failure;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
