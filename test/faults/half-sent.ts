import type { Socket } from 'node:net';
import { type Answer, answers, open, untilClosed } from '../../src/http/fixtures/raw-client.js';
import { eventually } from '../support/eventually.js';

/** A request whose first half the server has read, for sure, and whose second half waits to be sent. */
export interface HalfSent {
  /** Sends the rest. @returns the answer; undefined where there was none */
  finish(): Promise<Answer | undefined>;
}

const WHOLE = 'GET /livez HTTP/1.1\r\nHost: test\r\n\r\n';

/** @param request the bytes of a whole request */
export async function halfSent(port: number, request: string): Promise<HalfSent> {
  const socket: Socket = await open(port);
  const received = untilClosed(socket);
  const middle = request.length - 10;
  // In one packet with a request that is answered at once: by that answer one knows that both were read.
  socket.write(WHOLE + request.slice(0, middle));
  await eventually(() => socket.bytesRead > 0);
  return {
    async finish() {
      socket.write(request.slice(middle));
      const [, answer] = answers(await received);
      return answer;
    },
  };
}

export function getRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`;
}

export function postRequest(path: string, headers: Readonly<Record<string, string>>, body: object): string {
  const text = JSON.stringify(body);
  const all = { host: 'test', 'content-type': 'application/json', 'content-length': String(text.length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}
