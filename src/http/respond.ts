import type { Response } from 'express';
import type { Random } from '../ports/runtime.js';
import { type Problem, problemJson, retryAfterSeconds } from './problem.js';
import { spread } from './retry-after.js';

/** What a request carries from the first step to its answer. */
export type RequestNotes = {
  readonly requestId: string;
  readonly path: string;
  readonly problemBase: string;
  /** By the monotonic clock, milliseconds. */
  readonly startedAt: number;
  /** For when to come back. */
  readonly random: Pick<Random, 'fraction'>;
  /** By the same clock, of an answer that goes on: when it began. */
  answeredAt?: number;
};

/** A response whose `locals` hold the notes of its request: the first middleware sets them. */
export type Answer = Response<unknown, RequestNotes>;

/**
 * Sends JSON. Not `res.json`, which hashes every body for an ETag and parses the content type it has just set.
 * Does nothing when the client has gone or was answered already.
 */
export function sendJson(res: Answer, status: number, body: object): void {
  send(res, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

/** Sends a problem, with the headers that belong to it. Never cached. A 503 is many people's: the time after which they may come back is spread. */
export function sendProblem(res: Answer, problem: Problem): void {
  if (res.headersSent) return;
  const { retryAfterMs, headers } = problem.options;
  res.setHeader('Cache-Control', 'no-store');
  if (retryAfterMs !== undefined && retryAfterMs !== null) {
    const ms = problem.status === 503 ? spread(retryAfterMs, res.locals.random) : retryAfterMs;
    res.setHeader('Retry-After', retryAfterSeconds(ms));
  }
  if (headers !== undefined) for (const name of Object.keys(headers)) res.setHeader(name, headers[name] as string);
  send(res, problem.status, 'application/problem+json', problemJson(problem, res.locals));
}

/** What is text already. */
export function sendText(res: Answer, contentType: string, text: string): void {
  send(res, 200, contentType, text);
}

/** A page for people. The text must be HTML already. */
export function sendHtml(res: Answer, html: string): void {
  send(res, 200, 'text/html; charset=utf-8', html);
}

/** 304, with the headers set so far. */
export function sendNotModified(res: Answer): void {
  if (res.headersSent || res.destroyed) return;
  res.statusCode = 304;
  res.end();
}

function send(res: Answer, status: number, contentType: string, payload: string): void {
  if (res.headersSent || res.destroyed) return;
  res.statusCode = status;
  res.setHeader('Content-Type', contentType);
  res.setHeader('Content-Length', Buffer.byteLength(payload));
  res.end(payload);
}
