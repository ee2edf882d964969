import type { World } from '../simulation/world.js';

/** By the world's clock, longer than anything here takes. */
const WITHIN_MS = 60_000;

/** A model's port for a test that waits for its answers as it does for a server's: the world goes on until there is one. */
export function driven<Port extends object>(world: World, port: Port): Port {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: readonly unknown[]): unknown => {
        const answer: unknown = method.apply(target, args);
        return answer instanceof Promise ? untilSettled(world, answer) : answer;
      };
    },
  });
}

async function untilSettled(world: World, answer: Promise<unknown>): Promise<unknown> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  answer.then(settle, settle);
  await until(world, () => isSettled);
  return await answer;
}

/** @throws when it is not so in time */
export async function until(world: World, condition: () => boolean): Promise<void> {
  if (!(await world.run(condition, WITHIN_MS))) throw new Error(`did not hold within ${WITHIN_MS} ms of the world: ${condition}`);
}
