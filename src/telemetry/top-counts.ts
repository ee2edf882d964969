/** What is not among the largest, in one figure: the number of series stays bounded however many SKUs there are. */
export const OTHER = 'other';

/**
 * The `limit` largest counts by name, and all the rest added up under `other`, which is always there.
 * A name that is itself `other` is counted with the rest.
 */
export function topCounts(counts: Iterable<readonly [string, number]>, limit: number): ReadonlyMap<string, number> {
  const ranked = [...counts].filter(([name, count]) => name !== OTHER && count !== 0).sort(([, a], [, b]) => b - a);
  const top = new Map(ranked.slice(0, limit));
  let rest = 0;
  for (const [, count] of ranked.slice(limit)) rest += count;
  for (const [name, count] of counts) if (name === OTHER) rest += count;
  return top.set(OTHER, rest);
}
