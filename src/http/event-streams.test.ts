import { jest } from '@jest/globals';
import { principal } from '../../test/support/domain.js';
import { systemClock } from '../connections/clock.js';
import { createEventStreams, type EventStream, type EventStreamsOptions, type NoRoom, type StreamEnd } from './event-streams.js';
import type { Answer } from './respond.js';

/** As much of a response as a stream uses. `unread` stands for what its client has not taken. */
class FakeAnswer {
  written = '';
  ended = false;
  destroyed = false;
  writableLength = 0;
  unread = false;
  private close: () => void = () => undefined;
  readonly headers: Record<string, string> = {};

  setHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  flushHeaders(): void {}
  once(_event: 'close', close: () => void): void {
    this.close = close;
  }
  write(text: string): void {
    this.written += text;
    if (this.unread) this.writableLength += text.length;
  }
  end(): void {
    this.ended = true;
    this.close();
  }
  destroy(): void {
    this.destroyed = true;
    this.close();
  }
}

let ends: StreamEnd[];
let counts: number[];
beforeEach(() => {
  jest.useFakeTimers();
  [ends, counts] = [[], []];
});
afterEach(() => jest.useRealTimers());

function streamsOf(over: Partial<EventStreamsOptions> = {}) {
  const streams = createEventStreams({
    max: 3,
    maxPerBuyer: 2,
    clock: systemClock,
    random: { uuid: () => '', fraction: () => 0.5 },
    onOpen: (open) => counts.push(open),
    onEnd: (why, open) => {
      ends.push(why);
      counts.push(open);
    },
    ...over,
  });
  let buyers = 0;
  const open = (buyer = principal(`buyer-${++buyers}`)): { answer: FakeAnswer; stream?: EventStream; noRoom?: NoRoom } => {
    const answer = new FakeAnswer();
    const opened = streams.open(answer as unknown as Answer, buyer);
    return typeof opened === 'string' ? { answer, noRoom: opened } : { answer, stream: opened };
  };
  return { streams, open };
}

it('says what it is, and that nobody on the way may keep or gather it', () => {
  const { answer, stream } = streamsOf().open();
  stream?.send(7, { text: 'two\nlines' });
  expect(answer).toMatchObject({
    statusCode: 200,
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
    written: 'id: 7\ndata: {"text":"two\\nlines"}\n\n',
  });
});

it('as many as it may be and no more; one that ends makes room', () => {
  const { open } = streamsOf();
  const first = open();
  open();
  open();
  expect(open().noRoom).toBe('full');
  first.stream?.end('final');
  first.stream?.end('final');
  expect(open().stream).toBeDefined();
  expect([ends, counts]).toEqual([['final'], [1, 2, 3, 2, 3]]);
});

it('as many as one buyer may have and no more, of whichever shop; one that ends makes room for the same buyer', () => {
  const { open } = streamsOf();
  const ann = principal('ann');
  const first = open(ann);
  open(ann);
  expect(open(ann).noRoom).toBe('buyer-full');
  first.stream?.end('final');
  first.stream?.end('final');
  expect(open(ann).stream).toBeDefined();
  expect(open(ann).noRoom).toBe('buyer-full');
  first.stream?.end('final');
  expect(open(principal('ann', 'other')).stream).toBeDefined();
});

it('a client that leaves is forgotten once, and nothing more is written to it', () => {
  const { open } = streamsOf();
  const { answer, stream } = open();
  let tidied = 0;
  stream?.onOver(() => tidied++);
  answer.destroy();
  stream?.send(8, {});
  stream?.end('final');
  stream?.onOver(() => tidied++);
  expect([ends, counts, answer.written, tidied]).toEqual([['left'], [1, 0], '', 2]);
});

it('a client that was gone before it began takes no place', () => {
  const { streams } = streamsOf();
  const gone = new FakeAnswer();
  gone.destroyed = true;
  for (let n = 0; n < 9; n += 1) expect(streams.open(gone as unknown as Answer, principal('ann'))).toBeInstanceOf(Object);
  expect(counts.at(-1)).toBe(0);
});

it('a client that does not read is dropped at 16 KiB, no later and no sooner', () => {
  const { answer, stream } = streamsOf().open();
  answer.unread = true;
  const event = { text: 'x'.repeat(480) };
  while (!answer.destroyed) stream?.send(1, event);
  const one = 'id: 1\ndata: {"text":""}\n\n'.length + 480;
  expect(answer.written.length).toBeGreaterThan(16 * 1024);
  expect(answer.written.length).toBeLessThanOrEqual(16 * 1024 + one);
  expect(ends).toEqual(['slow']);
});

it('each has a heartbeat every 15 s, and never all of them in one second', async () => {
  const { open } = streamsOf({ max: 150 });
  const answers = Array.from({ length: 150 }, () => open().answer);
  for (let second = 1; second <= 15; second += 1) {
    await jest.advanceTimersByTimeAsync(1_000);
    expect(answers.filter(({ written }) => written === ':\n\n')).toHaveLength(10 * second);
  }
  await jest.advanceTimersByTimeAsync(15_000);
  expect(new Set(answers.map(({ written }) => written))).toEqual(new Set([':\n\n:\n\n']));
  expect(jest.getTimerCount()).toBe(1);
});

it('heartbeats end with the last stream and begin again with the next', async () => {
  const { open } = streamsOf();
  open().stream?.end('final');
  await jest.advanceTimersByTimeAsync(1_000);
  expect(jest.getTimerCount()).toBe(0);
  const { answer } = open();
  await jest.advanceTimersByTimeAsync(15_000);
  expect(answer.written).toBe(':\n\n');
});

it('a process that stops sends all away with word when to come back, and who comes still gets its events first', async () => {
  const { streams, open } = streamsOf();
  const answers = [open().answer, open().answer];
  streams.drain();
  for (const answer of answers) expect(answer).toMatchObject({ written: 'retry: 2500\n\n', ended: true });
  const late = open();
  late.stream?.send(7, {});
  await jest.advanceTimersByTimeAsync(0);
  expect(late.answer).toMatchObject({ written: 'id: 7\ndata: {}\n\nretry: 2500\n\n', ended: true });
  expect([ends, jest.getTimerCount()]).toEqual([['draining', 'draining', 'draining'], 0]);
});
