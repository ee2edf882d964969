import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Express } from 'express';
import { answerOnSocket, problemOfClientError } from './client-error.js';
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

/** The last response begun on each open connection, null before the first. */
type Connections = Map<Socket, ServerResponse | null>;

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
  server.on('drop', () => edge.onShed('connections'));
  const shed = createShed(edge);
  server.on('connection', (socket) => {
    connections.set(socket, null);
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', (req, res) => {
    connections.set(req.socket, res);
    if (shed(req, res)) return;
    // With a callback Express makes no final handler for each request; the app's own last steps answer everything.
    app(req as never, res as never, () => res.destroy());
  });
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

/** Answers what could not be parsed or came too slowly, in its place behind the answers that the connection is still owed. */
function refuseConnection(connections: Connections, error: NodeJS.ErrnoException, socket: Socket, edge: EdgeDependencies): void {
  const current = connections.get(socket) ?? null;
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
  for (const [socket, res] of connections) {
    if (res === null && socket.bytesRead === 0) socket.destroy();
    else if (res !== null && !res.headersSent) res.shouldKeepAlive = false;
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
