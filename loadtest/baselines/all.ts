import type { Baseline } from './baseline.js';
import { knexTransaction } from './knex-transaction.js';
import { conditionalUpdate, conditionalUpdateAndInsert } from './one-statement.js';
import { optimisticLocking, optimisticLockingWithBackoff } from './optimistic-locking.js';
import { selectForUpdate } from './select-for-update.js';

export const BASELINES: readonly Baseline[] = [
  optimisticLocking,
  optimisticLockingWithBackoff,
  selectForUpdate,
  conditionalUpdate,
  conditionalUpdateAndInsert,
  knexTransaction,
];
