import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Express } from 'express';
import { answerOnSocket, problemOfClientError } from './client-error.js';
import { Problem } from './problem.js';
import { type Answer, sendProblem } from './respond.js';
import type { EdgeDependencies } from './services.js';
import { createShed } from './shed.js';

export interface ServerLimits {
  /** From the connection, or the last answer on it, to the end of the headers. */
  readonly headersTimeoutMs: number;
  /** The same to the end of the body. */
  readonly requestTimeoutMs: number;
  /** How often the two are looked at: 30 s unless set, which would make 5 s mean up to 35. */
  readonly checkIntervalMs: number;
  /** How long an idle connection is kept: longer than a load balancer in front keeps it, or it will be closed under a request. */
  readonly keepAliveTimeoutMs: number;
  readonly headersMaxBytes: number;
  /** Sockets at once. A further one is closed as soon as it is open. */
  readonly maxConnections: number;
}

export const SERVER_LIMITS: ServerLimits = {
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  checkIntervalMs: 1_000,
  keepAliveTimeoutMs: 65_000,
  headersMaxBytes: 16 * 1024,
  maxConnections: 16_000,
};

export interface HttpServer {
  readonly server: Server;
  /**
   * Stops accepting, finishes what is in flight, and closes each connection as it becomes idle.
   * @returns how many connections were still busy after `deadlineMs` and were cut
   */
  drain(deadlineMs: number): Promise<number>;
  /** Sockets that are open. */
  connectionCount(): number;
}

interface Connection {
  /** The response begun last; null before the first. */
  last: ServerResponse | null;
  /** Those that wait for the answers before them on a connection that does not wait for answers (pipelining). */
  readonly queued: Set<ServerResponse>;
  /** Something came that is no request: it is answered once, and nothing after it. */
  refused: boolean;
}

type Connections = Map<Socket, Connection>;

/** The app behind a socket of its own. Nothing listens yet. */
export function createHttpServer(app: Express, limits: ServerLimits, edge: EdgeDependencies): HttpServer {
  assertLimits(limits);
  const connections: Connections = new Map();
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxHeaderSize: limits.headersMaxBytes,
    // A missing Host is answered by the app, in problem form; Node's own answer has no body.
    requireHostHeader: false,
    insecureHTTPParser: false,
    ...expressConstructors(app),
  });
  server.maxConnections = limits.maxConnections;
  // Headers beyond a number are dropped without a word otherwise: one that is sent twice would pass for sent once. Their bytes are bounded.
  server.maxHeadersCount = 0;
  server.on('drop', () => edge.onShed('connections'));
  const shed = createShed(edge);
  server.on('connection', (socket) => {
    const connection: Connection = { last: null, queued: new Set(), refused: false };
    connections.set(socket, connection);
    socket.once('close', () => {
      connections.delete(socket);
      closeQueued(connection);
    });
  });
  server.on('request', (req, res) => {
    begin(connections.get(req.socket), res);
    if (shed(req, res)) return;
    // With a callback Express makes no final handler for each request; the app's own last steps answer everything.
    app(req as never, res as never, () => res.destroy());
  });
  // Whatever else is expected of us is no reason to refuse, and Node's own refusal has no body.
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  server.on('connect', (_req, duplex) =>
    answerOnSocket(duplex as Socket, new Problem('MALFORMED_REQUEST', 'CONNECT is for proxies, and this is none.'), edge),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, duplex) => refuseConnection(connections, error, duplex as Socket, edge));
  return { server, drain: (deadlineMs) => drain(server, connections, deadlineMs), connectionCount: () => connections.size };
}

function assertLimits({ headersTimeoutMs, requestTimeoutMs, checkIntervalMs }: ServerLimits): void {
  if (headersTimeoutMs > requestTimeoutMs) throw new RangeError('headersTimeoutMs must not exceed requestTimeoutMs: it is a part of it');
  if (checkIntervalMs > headersTimeoutMs)
    throw new RangeError('checkIntervalMs must not exceed headersTimeoutMs: it is how exactly that is kept');
}

/**
 * Constructors whose instances have the app's prototypes from the start. Express sets them for each request otherwise, which costs V8 its
 * hidden classes: most of what Express costs. Derived classes, not functions that borrow Node's constructors: only for those does V8
 * foresee how many fields an instance will have, and without that every instance becomes a dictionary.
 */
function expressConstructors(app: Express): { IncomingMessage: typeof IncomingMessage; ServerResponse: typeof ServerResponse } {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse {}
  app.request = adopt(ExpressRequest.prototype, app.request);
  app.response = adopt(ExpressResponse.prototype, app.response);
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse as typeof ServerResponse };
}

/** Puts what Express has on its prototype behind that of the class: from then on the two are one, and setting it again changes nothing. */
function adopt<T extends object>(prototype: object, express: T): T {
  return Object.setPrototypeOf(prototype, express) as T;
}

function begin(connection: Connection | undefined, res: ServerResponse): void {
  if (connection === undefined) return;
  connection.last = res;
  if (res.socket !== null) return;
  connection.queued.add(res);
  res.once('close', () => connection.queued.delete(res));
}

/** Node tells the end of a connection only to the response whose turn it is: the others would never give back what they hold. */
function closeQueued({ queued }: Connection): void {
  for (const res of queued) {
    if (res.socket !== null || res.writableFinished) continue;
    res.destroyed = true;
    res.emit('close');
  }
}

/** Answers what could not be parsed or came too slowly, in its place behind the answers that the connection is still owed. */
function refuseConnection(connections: Connections, error: NodeJS.ErrnoException, socket: Socket, edge: EdgeDependencies): void {
  const connection = connections.get(socket);
  // The parser says it again for every piece that comes after.
  if (connection?.refused) return;
  if (connection !== undefined) connection.refused = true;
  const current = connection?.last ?? null;
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || socket.destroyed) {
    socket.destroy();
  } else if (current === null || (current.writableFinished && current.req.complete)) {
    answerOnSocket(socket, problemOfClientError(error), edge);
  } else if (current.req.complete) {
    // The answer in progress is to an earlier, whole request: what the parser complains about came after it.
    current.once('finish', () => answerOnSocket(socket, problemOfClientError(error), edge));
  } else if (current.headersSent) {
    // The rest of a body whose request has its answer already.
    socket.destroy();
  } else {
    current.shouldKeepAlive = false;
    sendProblem(current as Answer, problemOfClientError(error));
  }
}

const IDLE_CHECK_MS = 50;

function drain(server: Server, connections: Connections, deadlineMs: number): Promise<number> {
  for (const [socket, { last }] of connections) {
    if (last === null && socket.bytesRead === 0) socket.destroy();
    else if (last !== null && !last.headersSent) last.shouldKeepAlive = false;
  }
  return new Promise((resolve) => {
    let cut = 0;
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const deadline = setTimeout(() => {
      cut = connections.size;
      server.closeAllConnections();
    }, deadlineMs);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(deadline);
      resolve(cut);
    });
    server.closeIdleConnections();
  });
}
