import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Jest runs in the checkout's folder. */
export const checkout = process.cwd();

/** The caller names the shape that its assertions rely on; a file that differs fails there. */
export function readYaml<Shape>(path: string): Shape {
  return parse(readFileSync(path, 'utf8'), { merge: true });
}
