import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Cruise, cruise } from './cruise.js';
import { ROOT } from './sources.js';

test('the repository keeps its import rules', async () => {
  const { modules, violations } = await cruise(ROOT);
  expect(violations).toEqual([]);
  // The cruiser answers "no violations" as well when it could read nothing.
  expect(modules).toBeGreaterThan(20);
});

/** A tree that breaks every rule: file, its text, and the rules it breaks. A cycle is reported once, at the first of its files. */
const PLANTED: readonly (readonly [path: string, text: string, rules: readonly string[]])[] = [
  ['src/ports/log.ts', `import type {} from '../domain/decide.js';`, []],
  ['src/config.ts', `import './config/variables.js'; import type {} from './http/app.js';`, ['edges-know-only-the-domain']],
  ['src/config/variables.ts', `import '../domain/limits.js';`, []],
  ['src/http/reads-the-configuration.ts', `import '../config/variables.js';`, ['stations-know-no-station']],
  ['src/main.ts', `import './roles/api.js'; import './config.js'; import './status/read.js';`, []],
  ['src/roles/api.ts', `import '../http/app.js'; import '../connections/postgres.js';`, []],
  ['src/roles/writer.ts', `import '../main.js';`, ['roles-are-started-from-outside']],
  ['src/cli/sale.ts', `import '../catalogue/skus.js'; import '../writer/load.js';`, []],
  ['src/domain/decide.ts', `import 'node:crypto'; import './limits.js';`, []],
  ['src/domain/limits.ts', 'export const LIMIT = 1;', []],
  ['src/domain/reads-a-file.ts', `import 'node:fs';`, ['domain-is-pure']],
  ['src/domain/knows-a-type-of-the-edge.ts', `import type {} from '../ports/log.js';`, ['domain-is-pure']],
  ['src/domain/uses-a-library.ts', `import type {} from 'zod';`, ['domain-is-pure']],
  [
    'src/http/app.ts',
    `import '../domain/decide.js'; import '../telemetry/metrics.js'; import type {} from '../ports/log.js'; import 'express';`,
    [],
  ],
  ['src/http/asks-a-station.ts', `import type {} from '../writer/load.js';`, ['stations-know-no-station']],
  ['src/http/passes-on-a-station.ts', `export * from '../writer/load.js';`, ['stations-know-no-station']],
  ['src/http/loads-a-station.ts', `export const late = () => import('../writer/load.js');`, ['stations-know-no-station']],
  ['src/writer/load.ts', `import type {} from 'pg'; import '../domain/decide.js';`, []],
  ['src/writer/opens-a-connection.ts', `import '../connections/postgres.js';`, ['stations-know-no-station']],
  ['src/connections/postgres.ts', `import 'pg'; import type {} from '../config.js';`, []],
  ['src/connections/asks-a-station.ts', `import '../writer/load.js';`, ['stations-know-no-station']],
  ['src/catalogue/skus.ts', `import '../domain/decide.js';`, []],
  ['src/catalogue/starts-a-role.ts', `import '../roles/api.js';`, ['stations-know-no-station']],
  ['src/telemetry/metrics.ts', `import 'prom-client';`, []],
  ['src/telemetry/asks-a-station.ts', `import '../writer/load.js';`, ['foundations-know-no-station']],
  ['src/telemetry/reads-the-configuration.ts', `import '../config.js';`, ['foundations-know-no-station']],
  ['src/status/read.ts', `import './watch.js';`, ['no-cycles']],
  ['src/status/watch.ts', `import type {} from './read.js';`, []],
  ['src/status/imports-nothing.ts', 'export const unused = 1;', ['no-orphans']],
  ['src/status/imports-what-is-not-there.ts', `import './gone.js';`, ['resolvable']],
  ['src/status/uses-a-test-tool.ts', `import '../../test/support/stack.js';`, ['service-knows-no-test-or-tool']],
  ['src/status/uses-a-load-tool.ts', `import '../../loadtest/demo.js';`, ['service-knows-no-test-or-tool']],
  ['src/status/uses-the-launcher.ts', `import '../../infra/local/run.mjs';`, ['service-knows-no-test-or-tool']],
  ['src/writer/load.test.ts', `import '../http/app.js'; import '../../test/support/stack.js';`, []],
  ['src/writer/circle.test.ts', `import '../../test/support/circle.js';`, ['no-cycles']],
  ['test/support/circle.ts', `import '../../src/writer/circle.test.js';`, []],
  ['test/support/stack.ts', `import '../../src/main.js';`, []],
  ['loadtest/demo.ts', `import '../src/domain/limits.js';`, []],
  ['infra/local/run.mjs', `import 'node:fs';`, []],
  ['clients/typescript/src/client.ts', `import './errors.js';`, []],
  ['clients/typescript/src/errors.ts', 'export class FlashsaleError extends Error {}', []],
  ['clients/typescript/src/uses-a-library.ts', `import type {} from 'undici';`, ['clients-stand-alone']],
  ['clients/typescript/src/uses-node.ts', `import 'node:fs';`, ['clients-stand-alone']],
  ['clients/typescript/src/uses-the-service.ts', `import type {} from '../../../src/ports/log.js';`, ['clients-stand-alone']],
  ['clients/typescript/tests/client.test.ts', `import '../src/client.js'; import '../../../src/http/app.js';`, []],
];

describe('planted violations are reported:', () => {
  let folder: string;
  let planted: Cruise;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'planted-'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const [path, text] of PLANTED) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `${text}\n`);
    }
    planted = await cruise(folder);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  test('every planted file is read', () => {
    expect(planted.modules).toBe(PLANTED.length);
  });

  test.each(PLANTED)('%s: %s', (path, _, rules) => {
    const reported = planted.violations.filter(({ from }) => from === path).map(({ rule }) => rule);
    expect([...new Set(reported)]).toEqual(rules);
  });
});
