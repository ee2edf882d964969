import type { Option } from 'commander';
import type { Servers } from '../stand/servers.js';

/** One thing that can be measured: `npm run bench -- <name>`. It runs the real program on the real servers, on data of its own. */
export interface Bench<Options> {
  readonly name: string;
  /** In words, for --help. */
  readonly description: string;
  readonly options: readonly Option[];
  /** What `--quick` sets where the caller says nothing else: enough to see that it works, too little for a figure. */
  readonly quick: Partial<Options>;
  /** @param tell progress, a line each */
  run(servers: Servers, options: Options, tell: (line: string) => void): Promise<Findings>;
}

/** A bench among others: whatever its options are, they come from its own list. */
export type AnyBench = Bench<object>;

/** What a bench has found, for its section of the results. */
export interface Findings {
  /** How it was measured, in a sentence or two. */
  readonly how: string;
  readonly tables: readonly Table[];
  /** The result in one line, which ends the program's output. */
  readonly lastLine: string;
  /** Not for the file of results: measured in a way that no figure should be. */
  readonly isOnlyShown?: true;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
