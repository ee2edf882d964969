/** A record of the topic of the events. */
export interface Told {
  readonly key: string;
  readonly value: string;
}

export interface Telling {
  readonly repeats: number;
  /** In words; none if each decision is told, for the first time in its order, and never in other words. */
  readonly faults: readonly string[];
}

/**
 * Compares what was told with the decisions that are in the ledger: of each SKU the sequences 1, 2, 3 ... up to the number given.
 * @param told of one SKU all in one partition, so in one order
 */
export function compareTold(told: readonly Told[], decisions: ReadonlyMap<string, number>): Telling {
  const firsts = new Map<string, string[]>();
  const faults: string[] = [];
  let repeats = 0;
  for (const { key, value } of told) {
    const { id, data } = JSON.parse(value) as { id: string; data: { skuId: string; sequence: number } };
    const ofSku = firsts.get(key) ?? [];
    firsts.set(key, ofSku);
    const { skuId, sequence } = data;
    const first = ofSku[sequence - 1];
    if (id !== `${key}:${sequence}` || skuId !== key) faults.push(`${id} of ${skuId} ${sequence} under the key ${key}`);
    else if (first === undefined && sequence !== ofSku.length + 1) faults.push(`${id} comes after ${key}:${ofSku.length}`);
    else if (first !== undefined && first !== value) faults.push(`${id} is told in other words`);
    if (first === undefined) ofSku[sequence - 1] = value;
    else repeats += 1;
  }
  for (const [sku, last] of decisions) {
    const missing = Array.from({ length: last }, (_, at) => at).filter((at) => firsts.get(sku)?.[at] === undefined);
    if (missing.length > 0) faults.push(`${sku}: ${missing.length} decisions are not told, the first is ${(missing[0] as number) + 1}`);
  }
  for (const [sku, values] of firsts) if (values.length > (decisions.get(sku) ?? 0)) faults.push(`${sku}:${values.length} was not decided`);
  return { repeats, faults };
}
