import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to PostgreSQL that can lose the answer to a statement which the server has carried out. */
export interface PostgresLink {
  /** The database's address, through the link. */
  through(databaseUrl: string): string;
  /** Of the next answer to these clients so many bytes come through, and the connection ends. Resolves then. */
  cutNextAnswer(application: string, afterBytes: number): Promise<void>;
  /** From the next answer to these clients on nothing comes through on that connection, and nobody is told. Resolves then. */
  swallowNextAnswer(application: string): Promise<void>;
  close(): Promise<void>;
}

interface Loss {
  readonly application: string;
  /** Null: the connection stays, and is silent. */
  readonly afterBytes: number | null;
  readonly done: () => void;
}

/** First bytes of the messages that begin a statement: Parse and Bind. */
const BEGINS_STATEMENT = new Set(['P', 'B'].map((letter) => letter.charCodeAt(0)));

export async function postgresLink(serverUrl: string): Promise<PostgresLink> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let ordered: Loss | null = null;

  function pass(client: Socket): void {
    const server = connect(Number(port || 5432), hostname);
    let application = '';
    let loss: Loss | null = null;
    let silent = false;
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (bytes) => {
      application ||= applicationIn(bytes);
      if (ordered?.application === application && BEGINS_STATEMENT.has(bytes[0] as number)) {
        loss = ordered;
        ordered = null;
      }
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (silent) return;
      if (loss === null) {
        client.write(bytes);
        return;
      }
      const { afterBytes, done } = loss;
      silent = true;
      if (afterBytes === null) done();
      else {
        client.write(bytes.subarray(0, afterBytes), end);
        done();
      }
    });
  }

  const listener = createServer(pass);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const lose = (application: string, afterBytes: number | null): Promise<void> =>
    new Promise((done) => {
      ordered = { application, afterBytes, done };
    });
  return {
    through(databaseUrl) {
      const url = new URL(databaseUrl);
      url.hostname = '127.0.0.1';
      url.port = String((listener.address() as AddressInfo).port);
      return url.href;
    },
    cutNextAnswer: lose,
    swallowNextAnswer: (application) => lose(application, null),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}

/** As the client's first message tells it. */
function applicationIn(bytes: Buffer): string {
  return /application_name\0([^\0]*)\0/.exec(bytes.toString('latin1'))?.[1] ?? 'unnamed';
}
