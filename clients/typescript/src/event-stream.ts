/** One event of a stream. */
export interface StreamedEvent {
  readonly id: string;
  readonly data: string;
}

export interface StreamReader {
  /** Told the milliseconds that the service asks to be left alone before the next connection. */
  readonly onRetry: (ms: number) => void;
  /** Told that something came, a comment too. */
  readonly onBytes: () => void;
}

/** Server-Sent Events out of the bytes of an answer, as the HTML standard reads them. */
export async function* eventsIn(bytes: ReadableStream<Uint8Array>, { onRetry, onBytes }: StreamReader): AsyncGenerator<StreamedEvent> {
  const reader = bytes.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let lines: string[] = [];
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      onBytes();
      text += decoder.decode(chunk.value, { stream: true });
      // A line feed may follow a carriage return in the next chunk.
      const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
      const found = whole.split(/\r\n|\n|\r/);
      text = (found.pop() ?? '') + text.slice(whole.length);
      for (const line of found) {
        if (line !== '') lines.push(line);
        else {
          const event = eventOf(lines, onRetry);
          lines = [];
          if (event !== null) yield event;
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Null for what is no event: a comment, or word of when to come back. */
function eventOf(lines: readonly string[], onRetry: (ms: number) => void): StreamedEvent | null {
  const data: string[] = [];
  let id = '';
  for (const line of lines) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'id') id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value));
  }
  return data.length === 0 ? null : { id, data: data.join('\n') };
}
