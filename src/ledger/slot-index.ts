const EMPTY = -1;
const FIRST_SIZE = 1024;

/**
 * An open-addressing index from keys to slots 0, 1, 2 ..., four bytes a place: keys live in the columns of whoever extends it, so that a
 * million of them are a few typed arrays and no object.
 */
export abstract class SlotIndex {
  private places = new Int32Array(FIRST_SIZE).fill(EMPTY);
  private used = 0;

  /** Slots in use. */
  get size(): number {
    return this.used;
  }

  /** 32 bits of the key of a slot, well mixed. */
  protected abstract hashOfSlot(slot: number): number;
  /** Whether the slot has the key that is looked for, which the extending class keeps meanwhile. */
  protected abstract isWanted(slot: number): boolean;

  /** The slot of the key that is looked for; -1 where there is none. */
  protected findSlot(hash: number): number {
    const mask = this.places.length - 1;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const slot = this.places[place] as number;
      if (slot === EMPTY || this.isWanted(slot)) return slot;
    }
  }

  /** The next slot. Its key must be in the columns before the next call, and must not have had a slot. */
  protected addSlot(hash: number): number {
    // Half full at most: runs of neighbours stay short.
    if (this.used * 2 >= this.places.length) this.grow();
    const slot = this.used;
    this.used += 1;
    this.put(hash, slot);
    return slot;
  }

  protected forgetSlots(): void {
    this.places = new Int32Array(FIRST_SIZE).fill(EMPTY);
    this.used = 0;
  }

  private grow(): void {
    this.places = new Int32Array(this.places.length * 2).fill(EMPTY);
    for (let slot = 0; slot < this.used; slot += 1) this.put(this.hashOfSlot(slot), slot);
  }

  private put(hash: number, slot: number): void {
    const mask = this.places.length - 1;
    let place = hash & mask;
    while (this.places[place] !== EMPTY) place = (place + 1) & mask;
    this.places[place] = slot;
  }
}
