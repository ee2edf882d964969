import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface StreamedEvent {
  readonly id: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One event stream, as a client reads it that may set headers. It does not come back by itself. */
export class EventSource {
  private readonly unread: StreamedEvent[] = [];
  private text = '';
  private ended = false;
  private wake: () => void = () => undefined;
  /** Milliseconds, where the service said when to come back. */
  retry: number | null = null;
  heartbeats = 0;

  private constructor(
    private readonly sent: ClientRequest,
    private readonly answer: IncomingMessage,
  ) {
    answer.setEncoding('utf8').on('data', (text: string) => this.read(text));
    answer.on('error', () => undefined).on('close', () => this.end());
  }

  /** Resolves when the head of the answer is there, whatever its status. */
  static open(url: string, apiKey: string, { lastEventId }: { lastEventId?: number } = {}, agent = new Agent()): Promise<EventSource> {
    const headers = { authorization: `Bearer ${apiKey}`, ...(lastEventId !== undefined && { 'last-event-id': String(lastEventId) }) };
    return new Promise((resolve, reject) => {
      const sent = request(url, { headers, agent }, (answer) => resolve(new EventSource(sent, answer)));
      sent.on('error', reject).end();
    });
  }

  get status(): number {
    return this.answer.statusCode ?? 0;
  }

  get headers(): IncomingMessage['headers'] {
    return this.answer.headers;
  }

  /** Null: the stream is over, and all of it was read. */
  async next(): Promise<StreamedEvent | null> {
    while (this.unread.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.unread.shift() ?? null;
  }

  /** All that is left of a stream that ends. */
  async rest(): Promise<StreamedEvent[]> {
    const events: StreamedEvent[] = [];
    for (let event = await this.next(); event !== null; event = await this.next()) events.push(event);
    return events;
  }

  close(): void {
    this.sent.destroy();
  }

  private read(text: string): void {
    const blocks = (this.text + text).split('\n\n');
    this.text = blocks.pop() ?? '';
    for (const block of blocks) this.take(block);
    this.wake();
  }

  private take(block: string): void {
    const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
    if (fields.has('')) this.heartbeats += 1;
    const retry = fields.get('retry');
    if (retry !== undefined) this.retry = Number(retry);
    const data = fields.get('data');
    if (data !== undefined) this.unread.push({ id: Number(fields.get('id')), data: JSON.parse(data) as StreamedEvent['data'] });
  }

  private end(): void {
    this.ended = true;
    this.wake();
  }
}
