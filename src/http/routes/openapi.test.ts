import { createHash } from 'node:crypto';
import request from 'supertest';
import { fixture } from '../fixtures/services.js';
import { OPERATIONS } from '../openapi/operations.js';

describe.each([
  ['/openapi.json', 'application/json; charset=utf-8'],
  ['/docs', 'text/html; charset=utf-8'],
])('%s', (path, type) => {
  test('is for anybody, and cacheable', async () => {
    const res = await request(fixture().app).get(path);
    expect([res.status, res.headers['content-type'], res.headers['cache-control']]).toEqual([200, type, 'public, max-age=60']);
    const again = await request(fixture().app).get(path).set('If-None-Match', String(res.headers.etag));
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', res.headers.etag]);
  });

  test('HEAD says as much; a query is 400', async () => {
    const { app } = fixture();
    const [head, get] = [await request(app).head(path), await request(app).get(path)];
    expect([head.status, head.headers.etag, head.headers['content-length']]).toEqual([
      200,
      get.headers.etag,
      get.headers['content-length'],
    ]);
    expect((await request(app).get(`${path}?x`)).body.code).toBe('INVALID_QUERY');
  });
});

describe('the page', () => {
  test('loads nothing and runs nothing: its own style is all that the browser is let have', async () => {
    const { text, headers } = await request(fixture().app).get('/docs');
    expect(text).not.toMatch(/<script|<link|<img|<iframe|\ssrc=|\sstyle=|\son\w+=|url\(|@import/i);
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toBe(
      `default-src 'none';style-src 'sha256-${hash}';base-uri 'none';form-action 'none';frame-ancestors 'none'`,
    );
  });

  test('every link leads somewhere', async () => {
    const { app } = fixture();
    const { text } = await request(app).get('/docs');
    const links = new Set([...text.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href));
    for (const href of links) {
      if (href.startsWith('#')) expect(text).toContain(`id="${href.slice(1)}"`);
      else expect([href, (await request(app).get(new URL(href, 'http://x/docs').pathname)).status]).toEqual([href, 200]);
    }
  });

  test('shows every operation, and every answer of it', async () => {
    const { text } = await request(fixture().app).get('/docs');
    for (const { id, method, answers } of OPERATIONS) {
      const article = new RegExp(`<article id="${id}">[\\s\\S]*?</article>`).exec(text)?.[0] ?? '';
      expect(article).toContain(`<span class="verb">${method.toUpperCase()}</span>`);
      for (const status of Object.keys(answers)) expect(article).toContain(`<b>${status}</b>`);
    }
  });
});
