import { type Digest, digestOf } from './digest.js';
import { SlotIndex } from './slot-index.js';

/** Buyers of a segment. Segments are added and never copied: a column that doubles would hold its old half for a while. */
const SHIFT = 15;
const MASK = (1 << SHIFT) - 1;

interface Segment {
  /** Two words a buyer. */
  readonly keys: Uint32Array;
  readonly units: Int32Array;
}

/** The buyers of one SKU and the units that each holds, 20 bytes each. A buyer is an issuer and a user, known by a digest of both. */
export class Buyers extends SlotIndex {
  private readonly segments: Segment[] = [];
  private wanted: Digest = { high: 0, low: 0 };
  private lastKey = '';

  /** The buyer's slot; -1 for one who has not come yet. */
  find(issuer: string, userId: string): number {
    const key = `${issuer}\n${userId}`;
    if (key !== this.lastKey) {
      this.wanted = digestOf(key);
      this.lastKey = key;
    }
    return this.findSlot(this.wanted.low);
  }

  findOrAdd(issuer: string, userId: string): number {
    const known = this.find(issuer, userId);
    if (known >= 0) return known;
    const slot = this.addSlot(this.wanted.low);
    const { keys, units } = this.segmentOf(slot);
    const at = slot & MASK;
    keys[at * 2] = this.wanted.high;
    keys[at * 2 + 1] = this.wanted.low;
    units[at] = 0;
    return slot;
  }

  units(slot: number): number {
    return slot < 0 ? 0 : (this.segmentOf(slot).units[slot & MASK] as number);
  }

  add(slot: number, units: number): void {
    (this.segmentOf(slot).units[slot & MASK] as number) += units;
  }

  /** For the next SKU; the memory is kept. */
  clear(): void {
    this.forgetSlots();
  }

  protected override hashOfSlot(slot: number): number {
    return this.segmentOf(slot).keys[(slot & MASK) * 2 + 1] as number;
  }

  protected override isWanted(slot: number): boolean {
    const { keys } = this.segmentOf(slot);
    const at = (slot & MASK) * 2;
    return keys[at + 1] === this.wanted.low && keys[at] === this.wanted.high;
  }

  private segmentOf(slot: number): Segment {
    const number = slot >>> SHIFT;
    const segment = this.segments[number] ?? { keys: new Uint32Array(2 << SHIFT), units: new Int32Array(1 << SHIFT) };
    this.segments[number] = segment;
    return segment;
  }
}
