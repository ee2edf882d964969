import { EventEmitter } from 'node:events';
import { gate } from '../../test/support/memory-clock.js';
import type { Answer } from './respond.js';
import { whileClientStays } from './wait.js';

const answer = () => new EventEmitter() as Answer;

test('a client that leaves meanwhile: the signal is aborted', async () => {
  const res = answer();
  const over = gate<string>();
  let left: AbortSignal | undefined;
  const pending = whileClientStays(res, (signal) => {
    left = signal;
    return over.promise;
  });
  expect(left?.aborted).toBe(false);
  res.emit('close');
  expect(left?.aborted).toBe(true);
  over.open('told');
  expect(await pending).toBe('told');
});

test.each([
  ['done', async () => 'told'],
  ['failed', () => Promise.reject(new Error('away'))],
])('what is %s hears no more of the client, whose connection closes after every answer', async (_, run) => {
  const res = answer();
  let seen: AbortSignal | undefined;
  const outcome = await whileClientStays(res, (signal) => {
    seen = signal;
    return run();
  }).catch((error: Error) => error.message);
  expect(['told', 'away']).toContain(outcome);
  res.emit('close');
  expect([seen?.aborted, res.listenerCount('close')]).toEqual([false, 0]);
});
