import { createHash } from 'node:crypto';
import type { Express, Request } from 'express';
import { methodNotAllowed, openTo } from '../endpoint.js';
import { isFresh } from '../headers.js';
import { docsPage } from '../openapi/docs-page.js';
import { DOCS_STYLE } from '../openapi/docs-style.js';
import { openApiDocument } from '../openapi/document.js';
import { OPERATIONS } from '../openapi/operations.js';
import { type Answer, sendHtml, sendNotModified, sendText } from '../respond.js';

/** Made once, when the process starts: nothing of a request is in them. */
export const OPENAPI = openApiDocument(OPERATIONS);
const JSON_TEXT = JSON.stringify(OPENAPI);
const PAGE = docsPage(OPENAPI);

const hash = (text: string): string => createHash('sha256').update(text).digest('base64');
const [JSON_ETAG, PAGE_ETAG] = [JSON_TEXT, PAGE].map((text) => `"${hash(text).slice(0, 22)}"`) as [string, string];

/** The page's own style by its hash, and nothing else: no script, no image, nothing from anywhere. */
const PAGE_POLICY = `default-src 'none';style-src 'sha256-${hash(DOCS_STYLE)}';base-uri 'none';form-action 'none';frame-ancestors 'none'`;

/** GET /openapi.json, and GET /docs: the same for people. */
export function openApiRoutes(app: Express): void {
  app.route('/openapi.json').get(openTo(showDocument)).all(methodNotAllowed('GET, HEAD'));
  app.route('/docs').get(openTo(showPage)).all(methodNotAllowed('GET, HEAD'));
}

async function showDocument(req: Request, res: Answer): Promise<undefined> {
  if (isCurrent(req, res, JSON_ETAG)) sendNotModified(res);
  else sendText(res, 'application/json; charset=utf-8', JSON_TEXT);
}

async function showPage(req: Request, res: Answer): Promise<undefined> {
  res.setHeader('Content-Security-Policy', PAGE_POLICY);
  if (isCurrent(req, res, PAGE_ETAG)) sendNotModified(res);
  else sendHtml(res, PAGE);
}

/** A new version of the service is seen within a minute. */
function isCurrent(req: Request, res: Answer, etag: string): boolean {
  res.setHeader('ETag', etag);
  res.setHeader('Cache-Control', 'public, max-age=60');
  return isFresh(req, etag);
}
