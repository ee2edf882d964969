import type { ClientBase } from 'pg';
import type { LostRequest, PartitionFigures, Recount } from './figures.js';
import { ofSku, type SkuFindings, totalsOf } from './findings.js';
import { STATEMENTS } from './statements.js';

/** What only someone outside can know. */
export interface Expectation {
  /** Ids that were answered 202: each must have a decision. */
  readonly acceptedIds?: readonly string[];
  /** Where a partition's log began when the service first saw it; 0 unless named. */
  readonly logStarts?: ReadonlyMap<number, number>;
}

/**
 * Counts the sale anew from rows and ledger, in SQL and in one snapshot. Believes neither the writer's counters nor its code: what it takes
 * from the domain is one default value. Leaves nothing behind; the client must not be in a transaction.
 */
export async function recount(client: ClientBase, expectation: Expectation = {}): Promise<Recount> {
  // Read write only because the decoded ledger goes to temporary tables.
  await client.query('begin isolation level repeatable read');
  try {
    return await recountInSnapshot(client, expectation);
  } finally {
    // A connection that broke has no transaction to end, and its error is on its way already.
    await client.query('rollback').catch(() => undefined);
  }
}

async function recountInSnapshot(client: ClientBase, { acceptedIds = [], logStarts = new Map() }: Expectation): Promise<Recount> {
  await client.query(STATEMENTS.workspace);
  await client.query(STATEMENTS.decode);
  // Without statistics of its own the planner takes a temporary table for a small one, and loops over it.
  await client.query('analyze audit_decision');
  await client.query(STATEMENTS.life);
  await client.query('analyze audit_life');

  const findings = new Map<string, SkuFindings>();
  for (const statement of PER_SKU) {
    const { rows } = await client.query<SkuFindings>(statement);
    for (const row of rows) findings.set(row.skuId, { ...findings.get(row.skuId), ...row });
  }
  const lost = await client.query<LostRequest>(STATEMENTS.lost, [acceptedIds]);
  const partitions = await client.query<PartitionFigures>(STATEMENTS.partitions, [[...logStarts.keys()], [...logStarts.values()]]);

  const skus = [...findings.values()].map((found) => ofSku(found, lost.rows)).sort((a, b) => (a.skuId < b.skuId ? -1 : 1));
  return {
    skus,
    totals: totalsOf(skus, lost.rows.length),
    partitions: partitions.rows,
    lostRequests: lost.rows,
    accountingBreaks: partitions.rows.reduce((sum, { unaccounted, doubled }) => sum + unaccounted + doubled, 0),
  };
}

const PER_SKU: readonly string[] = [
  STATEMENTS.counters,
  STATEMENTS.replay,
  STATEMENTS.decisions,
  STATEMENTS.order,
  STATEMENTS.chain,
  STATEMENTS.rows,
];
