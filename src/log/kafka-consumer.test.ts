import { eventually } from '../../test/support/eventually.js';
import { consumerOfFakes, LONG_MS } from '../../test/support/kafka-client.js';
import type { Offset } from '../domain/ids.js';
import type { LogConsumer } from '../ports/log.js';

describe('what is said to a client', () => {
  /** One between a crash and its end, or with another trouble. */
  async function thatThrows(message: string): Promise<LogConsumer> {
    const { consumer, start } = consumerOfFakes((client) => {
      for (const call of [client.seek, client.pause, client.resume]) {
        call.mockImplementation(() => {
          throw new Error(message);
        });
      }
    });
    await start();
    return consumer;
  }

  test('that has no group just now is not said, and harms nobody', async () => {
    const consumer = await thatThrows('Consumer group was not initialized, consumer#run must be called first');
    consumer.seek(0, 5 as Offset);
    consumer.pause(0);
    consumer.resume(0);
  });

  test('is told to whoever says it, where it is refused for another reason', async () => {
    const consumer = await thatThrows('Offset must be a valid number');
    expect(() => consumer.seek(0, 5 as Offset)).toThrow('valid number');
    expect(() => consumer.resume(0)).toThrow('valid number');
  });
});

describe('a fetch', () => {
  async function pausesBehind(offsetLag: string): Promise<number[]> {
    const { start, client, pauses } = consumerOfFakes();
    await start();
    pauses.length = 0;
    await client(0).deliver(offsetLag);
    return pauses;
  }

  test('behind one that brought all there was waits, so that it brings more', async () => {
    expect(await pausesBehind('0')).toEqual([4]);
  });

  test('of a backlog does not wait', async () => {
    expect(await pausesBehind('1')).toEqual([]);
  });
});

describe('a client that is lost', () => {
  test('is replaced, also over an error after which kafkajs itself would not restart', async () => {
    const { consumer, start, clients, client, assigned, losses, log } = consumerOfFakes();
    await start();
    expect(consumer.isLost()).toBe(false);
    client(0).crashes('Broker not connected');
    await eventually(() => clients.length === 2);
    // Before another one may be given anything.
    expect([losses, consumer.isLost()]).toEqual([[1], true]);
    client(1).joins([3, 4]);
    expect(consumer.isLost()).toBe(false);
    expect(assigned).toEqual([[3, 4]]);
    expect(log.lines.map(({ message }) => message)).toEqual(['the consumer is lost, another one takes its place']);
  });

  test('is not heard any more', async () => {
    const { start, clients, client, assigned, delivered } = consumerOfFakes();
    await start();
    client(0).crashes('gone');
    await eventually(() => clients[1]?.handler !== undefined);
    await client(0).deliver();
    expect(delivered).toEqual([]);
    await client(1).deliver();
    expect(delivered).toEqual([0]);
    client(0).joins([1]);
    client(0).crashes('gone again');
    client(0).emit('stop');
    await new Promise(setImmediate);
    expect(assigned).toEqual([]);
    expect(clients).toHaveLength(2);
  });

  test('is replaced, too, when it stops and the word of its crash never comes', async () => {
    const { start, clients, client } = consumerOfFakes();
    await start();
    client(0).emit('stop');
    await eventually(() => clients.length === 2);
    expect(client(1).run).toHaveBeenCalled();
  });

  test('is replaced once, when it stops and then says why', async () => {
    const { start, clients, client } = consumerOfFakes();
    await start();
    client(0).emit('stop');
    client(0).crashes('gone');
    await eventually(() => clients.length === 2);
    await new Promise(setImmediate);
    expect(clients).toHaveLength(2);
  });

  test('while it joins keeps nobody waiting', async () => {
    const { start, clients, client } = consumerOfFakes((made, n) => {
      if (n === 0) made.run.mockReturnValue(new Promise(() => undefined));
    });
    const started = start();
    await eventually(() => client(0).run.mock.calls.length === 1);
    client(0).crashes('gone');
    await started;
    await eventually(() => clients.length === 2);
  });

  test('is replaced for as long as it takes: who cannot connect is left behind', async () => {
    const { start, clients, client } = consumerOfFakes((made, n) => {
      if (n === 1 || n === 2) made.connect.mockRejectedValue(new Error('no broker') as never);
    });
    await start();
    client(0).crashes('gone');
    await eventually(() => clients.length === 4 && client(3).run.mock.calls.length === 1);
    expect(client(1).disconnect).toHaveBeenCalled();
  });

  test('at the first start is told to the caller', async () => {
    const { start, clients } = consumerOfFakes((made) => made.connect.mockRejectedValue(new Error('no broker') as never));
    await expect(start()).rejects.toThrow('no broker');
    expect(clients).toHaveLength(1);
  });

  test('is not replaced once the consumer is stopped', async () => {
    const { consumer, start, clients, client } = consumerOfFakes();
    await start();
    client(0).crashes('gone');
    await consumer.stop();
    await new Promise(setImmediate);
    expect(clients).toHaveLength(1);
  });

  test('is not left in the group when the consumer is stopped while it joins', async () => {
    let join = (): void => undefined;
    const { consumer, start, client } = consumerOfFakes((made) => {
      made.run.mockReturnValue(
        new Promise<void>((resolve) => {
          join = resolve;
        }),
      );
    });
    const started = start();
    await eventually(() => client(0).run.mock.calls.length === 1);
    await consumer.stop();
    join();
    await started;
    expect(client(0).disconnect).toHaveBeenCalledTimes(2);
  });

  test('is replaced less and less often, until one gets into the group', async () => {
    const { start, clients, client, pauses } = consumerOfFakes();
    await start();
    pauses.length = 0;
    const loseOne = async (): Promise<void> => {
      const last = clients.length - 1;
      await eventually(() => client(last).run.mock.calls.length === 1);
      client(last).crashes('gone');
      await eventually(() => clients.length === last + 2);
    };
    for (let times = 0; times < 7; times += 1) await loseOne();
    client(7).joins([0]);
    await loseOne();
    expect(pauses.filter((ms) => ms < LONG_MS)).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000, 100]);
  });

  test('is left behind, too, when its connection is never made', async () => {
    // Of the time that passes at once a client that answers is still ahead.
    const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const { start, clients, client, log } = consumerOfFakes(
      (made, n) => {
        if (n === 1) made.connect.mockReturnValue(new Promise(() => undefined));
      },
      { sleep: soon },
    );
    await start();
    client(0).crashes('gone');
    await eventually(() => clients.length === 3 && client(2).run.mock.calls.length === 1);
    expect(log.lines.map(({ error }) => (error as Error).message)).toEqual(['gone', 'the brokers did not answer for 15 s']);
  });

  test('keeps nobody waiting at the end', async () => {
    const { consumer, start, client } = consumerOfFakes(undefined, { sleep: () => new Promise((resolve) => setImmediate(resolve)) });
    await start();
    client(0).disconnect.mockReturnValue(new Promise(() => undefined));
    await consumer.stop();
  });
});
