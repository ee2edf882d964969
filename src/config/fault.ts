/** One thing that is wrong with the configuration, in words for the person who sets it. */
export interface Fault {
  readonly variable: string;
  readonly problem: string;
}

/** All that is wrong at once, so that nobody repairs one variable a restart. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** EX_CONFIG of sysexits.h. */
  readonly exitCode = 78;

  constructor(readonly faults: readonly Fault[]) {
    const lines = faults.map(({ variable, problem }) => `  ${variable}: ${problem}`);
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    super([`The configuration has ${count}:`, ...lines, 'Every variable is explained by: node dist/src/cli/main.js config'].join('\n'));
  }
}
