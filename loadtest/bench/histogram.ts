/** A Prometheus histogram as scraped: upper bounds in ascending order with cumulative counts. */
export type Buckets = readonly { readonly upTo: number; readonly count: number }[];

/** Reads the histogram of this name from a /metrics page. @throws when the page has none */
export function bucketsOf(page: string, name: string): Buckets {
  const lines = page.split('\n').filter((line) => line.startsWith(`${name}_bucket{`));
  if (lines.length === 0) throw new Error(`no histogram ${name} on the metrics page`);
  return lines.map((line) => {
    const bound = /le="([^"]+)"/.exec(line)?.[1] ?? '';
    return { upTo: bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), count: Number(line.slice(line.lastIndexOf(' ') + 1)) };
  });
}

/** What was observed between two scrapes. */
export function since(before: Buckets, after: Buckets): Buckets {
  return after.map(({ upTo, count }, at) => ({ upTo, count: count - (before[at]?.count ?? 0) }));
}

/**
 * The value below which this share of the observations lies, linear within its bucket (as Prometheus's histogram_quantile).
 * Never less exact than the bucket's bounds; NaN without observations.
 */
export function quantile(share: number, buckets: Buckets): number {
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return Number.NaN;
  const rank = share * total;
  const at = buckets.findIndex(({ count }) => count >= rank);
  const lower = at <= 0 ? 0 : (buckets[at - 1]?.upTo ?? 0);
  const before = at <= 0 ? 0 : (buckets[at - 1]?.count ?? 0);
  const { upTo, count } = buckets[at] ?? { upTo: Number.NaN, count: 0 };
  if (!Number.isFinite(upTo)) return lower;
  return lower + ((upTo - lower) * (rank - before)) / (count - before);
}

/** The value of a counter or gauge without labels. */
export function numberOf(page: string, name: string): number {
  const line = page.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}

/** Mean of each series of a histogram, in its own unit, by the value of one label. */
export function meansBy(label: string, page: string, name: string): ReadonlyMap<string, number> {
  const sums = seriesOf(label, page, `${name}_sum`);
  const counts = seriesOf(label, page, `${name}_count`);
  return new Map([...sums].map(([value, sum]) => [value, sum / (counts.get(value) ?? Number.NaN)]));
}

function seriesOf(label: string, page: string, name: string): Map<string, number> {
  const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`));
  return new Map(
    lines.map((line) => [new RegExp(`${label}="([^"]*)"`).exec(line)?.[1] ?? '', Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}
