import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.js';

export interface Cruise {
  /** Source files seen, without libraries and Node's own modules. */
  readonly modules: number;
  readonly violations: readonly { readonly rule: string; readonly from: string; readonly to: string }[];
}

interface CruiseReport {
  readonly modules: readonly { readonly source: string; readonly coreModule?: boolean }[];
  readonly summary: {
    readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string; readonly to: string }[];
  };
}

/** Runs dependency-cruiser with the repository's rules over the tree that lies in `folder`. */
export async function cruise(folder: string): Promise<Cruise> {
  const roots = ['src', 'infra', 'loadtest', 'clients', 'test'].filter((root) => existsSync(join(folder, root)));
  const config = join(ROOT, '.dependency-cruiser.cjs');
  const report = await depcruise(folder, ['--config', config, '--output-type', 'json', ...roots]);
  const { modules, summary } = JSON.parse(report) as CruiseReport;
  return {
    modules: modules.filter(({ source }) => roots.some((root) => source.startsWith(`${root}/`))).length,
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

/** A process of its own: it ends with the number of violations, and within jest its parser would be loaded a second time. */
function depcruise(cwd: string, args: readonly string[]): Promise<string> {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...args], { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(`dependency-cruiser printed no report: ${stderr}`, { cause: error }));
    });
  });
}
