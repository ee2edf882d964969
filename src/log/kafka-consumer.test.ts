import type { Admin, Consumer } from 'kafkajs';
import type { Offset } from '../domain/ids.js';
import { createKafkaConsumer } from './kafka-consumer.js';

/** A consumer between a crash and its restart, or with another trouble. */
function consumerThatThrows(message: string) {
  const fail = (): never => {
    throw new Error(message);
  };
  return createKafkaConsumer({ seek: fail, pause: fail, resume: fail } as unknown as Consumer, {} as Admin, 'topic', 10);
}

test('what is said to a consumer that has no group just now is not said, and harms nobody', () => {
  const consumer = consumerThatThrows('Consumer group was not initialized, consumer#run must be called first');
  consumer.seek(0, 5 as Offset);
  consumer.pause(0);
  consumer.resume(0);
});

test('any other error of it is told', () => {
  const consumer = consumerThatThrows('Offset must be a valid number');
  expect(() => consumer.seek(0, 5 as Offset)).toThrow('valid number');
  expect(() => consumer.resume(0)).toThrow('valid number');
});
