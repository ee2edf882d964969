import { eventsIn, type StreamedEvent } from '../src/event-stream.js';

async function read(...chunks: string[]): Promise<{ events: StreamedEvent[]; retries: number[] }> {
  const bytes = chunks.map((chunk) => Buffer.from(chunk, 'latin1'));
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const next = bytes.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(next);
    },
  });
  const [events, retries]: [StreamedEvent[], number[]] = [[], []];
  for await (const event of eventsIn(stream, { onRetry: (ms) => retries.push(ms), onBytes: () => undefined })) events.push(event);
  return { events, retries };
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

test.each<[string, string[], StreamedEvent[]]>([
  ['an event', ['id: 7\ndata: {"a":1}\n\n'], [{ id: '7', data: '{"a":1}' }]],
  ['no space behind the colon', ['id:7\ndata:x\n\n'], [{ id: '7', data: 'x' }]],
  ['several lines of data', ['data: a\ndata: b\n\n'], [{ id: '', data: 'a\nb' }]],
  ['comments and fields that are unknown', [':\n\n: hello\nevent: x\nid: 1\ndata: a\n\n'], [{ id: '1', data: 'a' }]],
  ['other ends of lines', ['id: 1\r\ndata: a\r\n\r\nid: 2\rdata: b\r\r'], [{ id: '1', data: 'a' }]],
  ['an end of line in two chunks', ['id: 1\r', '\ndata: a\r', '\n\r', '\n'], [{ id: '1', data: 'a' }]],
  ['a character in two chunks', [latin1('data: ä').slice(0, 7), `${latin1('ä').slice(1)}\n\n`], [{ id: '', data: 'ä' }]],
  ['byte by byte', [...'id: 1\ndata: abc\n\n'], [{ id: '1', data: 'abc' }]],
  ['an event that is not complete', ['id: 1\ndata: a\n'], []],
])('%s', async (_, chunks, expected) => expect((await read(...chunks)).events).toEqual(expected));

test('retry is told, if it is a number', async () => {
  expect((await read('retry: 1500\n\nretry: soon\n\n')).retries).toEqual([1_500]);
});
