import { readFileSync } from 'node:fs';

const read = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');

/** One file a question; src/audit/sql reads like the list of them. */
export const STATEMENTS = {
  workspace: read('workspace'),
  decode: read('decode'),
  life: read('life'),
  counters: read('counters'),
  replay: read('replay'),
  decisions: read('decisions'),
  order: read('order'),
  chain: read('chain'),
  rows: read('rows'),
  lost: read('lost'),
  partitions: read('partitions'),
} as const;
