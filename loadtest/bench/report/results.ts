import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Findings, Table } from '../bench.js';
import type { Circumstances } from './machine.js';

const HEAD = `# Results

Written by \`npm run bench\`, which renews the sections of the benches that ran; nobody edits it. A figure holds for its machine and its commit: where
servers, service and load share two cores, a rate says what the machine gave in that minute, and the CPU time beside it what the work costs.
`;

/**
 * Puts the section of a bench into the file of results, in place of the one that is there.
 * @param order names of all benches: their sections are kept in it
 */
export function writeSection(file: string, name: string, section: string, order: readonly string[]): void {
  const sections = existsSync(file) ? sectionsOf(readFileSync(file, 'utf8')) : new Map<string, string>();
  sections.set(name, section);
  const known = order.flatMap((each) => sections.get(each) ?? []);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, [HEAD, ...known].join('\n'));
}

/** The text of each section, by the name in its heading. */
function sectionsOf(text: string): Map<string, string> {
  const parts = text.split(/^(?=## )/m).filter((part) => part.startsWith('## '));
  return new Map(parts.map((part) => [part.slice(3, part.indexOf('\n')), `${part.trimEnd()}\n`]));
}

export function sectionOf(name: string, { how, tables, lastLine }: Findings, at: Circumstances, isQuick: boolean): string {
  return [
    `## ${name}\n`,
    `${at.date}, commit ${at.commit}; ${at.machine}; ${at.versions}.${isQuick ? ' **A quick run: it shows that the bench works, and nothing else.**' : ''}\n`,
    `${how}\n`,
    ...tables.map((table) => `${markdownOf(table)}\n`),
    `\`${lastLine}\`\n`,
  ].join('\n');
}

export function markdownOf({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
