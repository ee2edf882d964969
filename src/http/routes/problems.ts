import type { Express, Request } from 'express';
import { methodNotAllowed, openTo } from '../endpoint.js';
import { proseHtml } from '../html.js';
import { Problem } from '../problem.js';
import { kebabOf, PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../problem-table.js';
import { type Answer, sendHtml } from '../respond.js';

const CODE_OF_KEBAB: ReadonlyMap<string, ProblemCode> = new Map(PROBLEM_CODES.map((code) => [kebabOf(code), code]));

/** GET /problems/{code}: where the `type` of a problem leads. */
export function problemRoutes(app: Express): void {
  app.route('/problems/:code').get(openTo(show)).all(methodNotAllowed('GET, HEAD'));
}

async function show(req: Request, res: Answer): Promise<Problem | undefined> {
  const code = CODE_OF_KEBAB.get(String(req.params.code));
  if (code === undefined) return new Problem('NOT_FOUND');
  res.setHeader('Cache-Control', 'public, max-age=3600');
  sendHtml(res, page(code));
  return undefined;
}

/** Made of the table alone: nothing of the request is in it. */
function page(code: ProblemCode): string {
  const { title, status, meaning } = PROBLEMS[code];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><h1>${title}</h1><p>${proseHtml(meaning)}</p><p>Status ${status}, code <code>${code}</code></p></body>
</html>
`;
}
