/** One SKU of the demo's sale, and how many people want it. */
export interface OnSale {
  readonly skuId: string;
  readonly name: string;
  readonly units: number;
  readonly perUserLimit: number;
  readonly maxQuantity: number;
  readonly buyers: number;
}

export const HOT_SKU = 'sneaker-42';

const QUIET = ['belt', 'cap', 'gloves', 'hoodie', 'jacket', 'scarf', 'shirt', 'socks', 'watch'];
const QUIET_BUYERS = 300;

/** The hot SKU first. Of the quiet ones every third sells out too; the others have units for all. */
export function catalogue(hotUnits: number, hotBuyers: number): readonly OnSale[] {
  const quiet = QUIET.map((name, at): OnSale => {
    const units = at % 3 === 0 ? QUIET_BUYERS / 2 : QUIET_BUYERS * 3;
    return { skuId: `${name}-${at + 1}`, name, units, perUserLimit: 2, maxQuantity: 2, buyers: QUIET_BUYERS };
  });
  return [{ skuId: HOT_SKU, name: 'Sneaker', units: hotUnits, perUserLimit: 1, maxQuantity: 1, buyers: hotBuyers }, ...quiet];
}
