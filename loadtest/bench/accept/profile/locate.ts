import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkout } from '../../../../infra/local/checkout.mjs';
import type { CallFrame, Locate } from './hottest.js';

/** Places as file:line from the checkout, of the sources where the build left a map. Node's own modules keep their names. */
export function locateInCheckout(): Locate {
  const maps = new Map<string, SourceMap | null>();
  return (frame) => {
    if (!frame.url.startsWith('file:')) return frame.url === '' ? '' : `${frame.url}:${frame.lineNumber + 1}`;
    const file = fileURLToPath(frame.url);
    if (!maps.has(file)) maps.set(file, mapOf(file));
    return inSource(frame, file, maps.get(file) ?? null);
  };
}

function inSource({ lineNumber, columnNumber }: CallFrame, file: string, map: SourceMap | null): string {
  const entry = map?.findEntry(lineNumber, columnNumber);
  if (entry === undefined || !('originalSource' in entry)) return `${relative(checkout, file)}:${lineNumber + 1}`;
  return `${relative(checkout, join(file, '..', entry.originalSource))}:${entry.originalLine + 1}`;
}

function mapOf(file: string): SourceMap | null {
  return existsSync(`${file}.map`) ? new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8'))) : null;
}
