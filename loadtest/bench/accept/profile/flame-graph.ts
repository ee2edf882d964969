import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { checkout } from '../../../../infra/local/checkout.mjs';
import type { Flame } from './flames.js';

const PAGE = new URL('./flame-graph.html', import.meta.url);
const STYLE = new URL('./d3-flamegraph.css', import.meta.resolve('d3-flame-graph'));
const FLAMES = fileURLToPath(import.meta.resolve('d3-flame-graph'));
const SELECTION = fileURLToPath(import.meta.resolve('d3-selection'));

/** A flame graph as one page that needs no network and no other file. */
export async function flameGraphPage(flames: Flame): Promise<string> {
  const parts: Readonly<Record<string, string>> = {
    '/* style */': readFileSync(STYLE, 'utf8'),
    '/* library */': await library(),
    // Within <script> only `</` means anything to HTML, and JSON may spell it otherwise.
    '"frames of the profile"': JSON.stringify(flames).replaceAll('</', '<\\/'),
  };
  return readFileSync(PAGE, 'utf8').replace(/\/\* (style|library) \*\/|"frames of the profile"/g, (mark) => parts[mark] ?? mark);
}

/** d3-flame-graph and what it needs, as a script that leaves them in `d3`. */
async function library(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { default as flamegraph } from '${FLAMES}'; export { select } from '${SELECTION}';`,
      resolveDir: checkout,
    },
    ...{ bundle: true, minify: true, write: false, format: 'iife', globalName: 'd3', loader: { '.css': 'empty' } },
  });
  return (outputFiles[0]?.text ?? '').replaceAll('</', '<\\/');
}
