import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sectionOf, writeSection } from './results.js';

const CIRCUMSTANCES = { date: '2026-01-02', commit: 'abc1234', machine: '2 x CPU', versions: 'Node 22' };
const FINDINGS = { how: 'By counting.', tables: [{ columns: ['what', 'how many'], rows: [['sheep', '3']] }], lastLine: 'sheep: 3' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'results-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a section says what was found, how, on what, and whether it is a figure at all', () => {
  const section = sectionOf('sheep', FINDINGS, CIRCUMSTANCES, false);
  expect(section).toBe(`## sheep

2026-01-02, commit abc1234; 2 x CPU; Node 22.

By counting.

| what | how many |
| --- | --- |
| sheep | 3 |

\`sheep: 3\`
`);
  expect(sectionOf('sheep', FINDINGS, CIRCUMSTANCES, true)).toContain('A quick run');
});

test('a bench renews its own section and leaves the others; they are in the order of the list; who is gone goes', () => {
  const file = join(folder, 'new', 'RESULTS.md');
  const order = ['ants', 'sheep', 'wolves'];
  const section = (name: string, lastLine: string): string => sectionOf(name, { ...FINDINGS, lastLine }, CIRCUMSTANCES, false);
  writeSection(file, 'wolves', section('wolves', 'wolves: 1'), order);
  writeSection(file, 'sheep', section('sheep', 'sheep: 3'), order);
  writeSection(file, 'dodos', section('dodos', 'dodos: 0'), [...order, 'dodos']);
  writeSection(file, 'sheep', section('sheep', 'sheep: 2'), order);
  const text = readFileSync(file, 'utf8');
  expect(text.match(/^`.*`$/gm)).toEqual(['`sheep: 2`', '`wolves: 1`']);
  expect(text.match(/^# .*$/gm)).toEqual(['# Results']);
  writeSection(file, 'sheep', section('sheep', 'sheep: 2'), order);
  expect(readFileSync(file, 'utf8')).toBe(text);
});
