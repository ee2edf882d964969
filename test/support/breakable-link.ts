import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Transform } from 'node:stream';

/** A way to a server that can be cut and restored, or accept and never answer, without touching the server. */
export interface BreakableLink {
  readonly port: number;
  cut(): void;
  /** What was cut stays cut and can connect again; what hung goes on. */
  restore(): void;
  /** Connections are accepted, and nothing passes any more. */
  hang(): void;
  close(): Promise<void>;
}

/** The address of a server, through the link. */
export function through(url: string, { port }: { readonly port: number }): string {
  const linked = new URL(url);
  linked.hostname = '127.0.0.1';
  linked.port = String(port);
  return linked.href;
}

export interface LinkTarget {
  readonly host: string;
  readonly port: number;
  /** Changes what the server says; one stream a connection. */
  readonly answers?: (linkPort: number) => Transform;
}

export async function breakableLink({ host, port, answers }: LinkTarget): Promise<BreakableLink> {
  let state: 'open' | 'cut' | 'hung' = 'open';
  const lines = new Set<Line>();
  const server = createServer((client) => {
    if (state === 'cut') {
      client.destroy();
      return;
    }
    const line = new Line(client, { host, port }, answers?.(linkPort) ?? null);
    lines.add(line);
    client.on('close', () => lines.delete(line));
    if (state === 'open') line.pass();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: linkPort } = server.address() as AddressInfo;
  const cutAll = (): void => {
    for (const line of lines) line.cut();
  };
  return {
    port: linkPort,
    cut() {
      state = 'cut';
      cutAll();
    },
    restore() {
      if (state === 'hung') for (const line of lines) line.pass();
      state = 'open';
    },
    hang() {
      state = 'hung';
      for (const line of lines) line.hold();
    },
    close() {
      cutAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** One client's connection through the link. */
class Line {
  private upstream: Socket | null = null;

  constructor(
    private readonly client: Socket,
    private readonly target: { host: string; port: number },
    private readonly answers: Transform | null,
  ) {
    client.on('error', () => this.cut()).on('close', () => this.cut());
    answers?.pipe(client);
  }

  pass(): void {
    this.upstream ??= this.connect();
    this.client.pipe(this.upstream);
    this.upstream.pipe(this.answers ?? this.client);
  }

  hold(): void {
    this.client.unpipe().pause();
    this.upstream?.unpipe().pause();
  }

  cut(): void {
    this.client.destroy();
    this.upstream?.destroy();
  }

  private connect(): Socket {
    return connect(this.target)
      .on('error', () => this.cut())
      .on('close', () => this.cut());
  }
}
