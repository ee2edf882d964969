import { readdirSync, readFileSync } from 'node:fs';
import request from 'supertest';
import { fixture } from '../fixtures/services.js';
import { kebabOf, PROBLEM_CODES, PROBLEMS } from '../problem-table.js';

test.each(PROBLEM_CODES)('%s has a page where its type leads', async (code) => {
  const res = await request(fixture().app).get(`/problems/${kebabOf(code)}`);
  expect([res.status, res.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(res.text).toContain(`<h1>${PROBLEMS[code].title}</h1>`);
  expect(res.text).toContain(code);
});

test('any other page is 404', async () => {
  const res = await request(fixture().app).get('/problems/%3Cscript%3E');
  expect([res.status, res.headers['content-type']]).toEqual([404, 'application/problem+json']);
});

test('docs/problems has exactly these pages, saying the same', () => {
  const pages = readdirSync('docs/problems').filter((name) => name !== 'README.md');
  expect(pages.sort()).toEqual(PROBLEM_CODES.map((code) => `${kebabOf(code)}.md`).sort());
  const list = readFileSync('docs/problems/README.md', 'utf8');
  for (const code of PROBLEM_CODES) {
    expect(list).toContain(`| ${PROBLEMS[code].status} | [\`${code}\`](${kebabOf(code)}.md) |`);
    const { title, status, meaning } = PROBLEMS[code];
    expect(readFileSync(`docs/problems/${kebabOf(code)}.md`, 'utf8')).toBe(
      `# ${title}\n\nStatus ${status}, code \`${code}\`.\n\n${meaning}\n`,
    );
  }
});
