import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parseStrictJson } from './json.js';
import { Problem } from './problem.js';

/** Of the body as sent and as unpacked. The largest body this service takes is a tenth of it. */
export const BODY_MAX_BYTES = 4096;

const unpack = promisify(gunzip);

/** Reads the body of a request as a JSON object. Everything that is wrong with it is a Problem; never rejects. */
export async function readJsonBody(req: IncomingMessage): Promise<Record<string, unknown> | Problem> {
  const { headers } = req;
  if (!isJson(headers['content-type'])) return new Problem('UNSUPPORTED_MEDIA_TYPE');
  const encoding = headers['content-encoding'];
  const isPacked = encoding !== undefined && encoding.toLowerCase() === 'gzip';
  if (encoding !== undefined && !isPacked && encoding.toLowerCase() !== 'identity')
    return new Problem('UNSUPPORTED_ENCODING', undefined, { headers: { 'Accept-Encoding': 'gzip' } });
  if (Number(headers['content-length'] ?? 0) > BODY_MAX_BYTES) return new Problem('BODY_TOO_LARGE');
  const bytes = await readBytes(req);
  if (bytes instanceof Problem) return bytes;
  const unpacked = isPacked && bytes.length > 0 ? await gunzipBounded(bytes) : bytes;
  return unpacked instanceof Problem ? unpacked : parseStrictJson(unpacked);
}

/** The same where the body may be left out: nothing sent is `{}`, whatever its type. */
export async function readOptionalJsonBody(req: IncomingMessage): Promise<Record<string, unknown> | Problem> {
  const { headers } = req;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody ? readJsonBody(req) : {};
}

/** `application/json`, at most with a charset, which can only be UTF-8. */
function isJson(contentType: string | undefined): boolean {
  if (contentType === 'application/json') return true;
  if (contentType === undefined) return false;
  const [type, parameter, ...more] = contentType.toLowerCase().split(';');
  if (type?.trim() !== 'application/json' || more.length > 0) return false;
  return parameter === undefined || ['charset=utf-8', 'charset="utf-8"'].includes(parameter.trim());
}

/** The bytes of the body, as they come. What exceeds the limit is not kept; Node discards it while the connection lives. */
function readBytes(req: IncomingMessage): Promise<Buffer | Problem> {
  return new Promise((resolve) => {
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > BODY_MAX_BYTES) return resolve(new Problem('BODY_TOO_LARGE'));
      if (first === undefined) first = chunk;
      else if (rest === undefined) rest = [first, chunk];
      else rest.push(chunk);
    });
    req.on('end', () => resolve(rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest)));
    // The client has gone, or the parser has given up and answered: nobody reads this problem, but the handler must end.
    req.on('error', () => resolve(new Problem('MALFORMED_REQUEST', 'The body ended too early.')));
  });
}

async function gunzipBounded(bytes: Buffer): Promise<Buffer | Problem> {
  try {
    return await unpack(bytes, { maxOutputLength: BODY_MAX_BYTES });
  } catch (error) {
    return new Problem((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'BODY_TOO_LARGE' : 'CORRUPT_ENCODING');
  }
}
