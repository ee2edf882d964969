import type { DecidedStatus } from '../domain/reservation.js';
import { type Digest, NO_DIGEST } from './digest.js';
import { SlotIndex } from './slot-index.js';

const STATUSES: readonly DecidedStatus[] = ['RESERVED', 'REJECTED', 'CONFIRMED', 'CANCELLED', 'EXPIRED'];
const SEEN = 0x80;

/** Reservations of a segment; segments are added and never copied. */
const SHIFT = 15;
const SIZE = 1 << SHIFT;
const MASK = SIZE - 1;

/** A column each. Times are epoch milliseconds and one, 0 for none; digests are two words. */
const newSegment = () => ({
  ids: new Uint32Array(4 * SIZE),
  buyer: new Int32Array(SIZE),
  quantity: new Int32Array(SIZE),
  status: new Uint8Array(SIZE),
  version: new Float64Array(SIZE),
  expiresAt: new Float64Array(SIZE),
  confirmedAt: new Float64Array(SIZE),
  made: new Uint32Array(2 * SIZE),
  payment: new Uint32Array(2 * SIZE),
  extension: new Uint32Array(2 * SIZE),
});
type Segment = ReturnType<typeof newSegment>;
type TimeColumn = 'expiresAt' | 'confirmedAt';
/** `made`: of all that never changes, as src/ledger/made.ts puts it together. */
type DigestColumn = 'made' | 'payment' | 'extension';

export interface NewHold {
  readonly id: string;
  /** Slot of the buyer. */
  readonly buyer: number;
  readonly quantity: number;
  readonly status: DecidedStatus;
  readonly version: number;
  readonly expiresAt: number | null;
  readonly made: Digest;
}

/**
 * The reservations of one SKU as the replay has them, 73 bytes each and 8 for the index; a slot is the place in the order in which they
 * were made. A million objects with their strings would be half a gigabyte.
 */
export class Holds extends SlotIndex {
  private readonly segments: Segment[] = [];
  private readonly wanted = new Uint32Array(4);

  /** The slot of the reservation; -1 where none of this id was made. */
  find(id: string): number {
    return this.findSlot(this.want(id));
  }

  /** Of an id that is not there yet. */
  add({ id, buyer, quantity, status, version, expiresAt, made }: NewHold): number {
    const slot = this.addSlot(this.want(id));
    const segment = this.segmentOf(slot);
    const at = slot & MASK;
    segment.ids.set(this.wanted, at * 4);
    segment.buyer[at] = buyer;
    segment.quantity[at] = quantity;
    segment.version[at] = version;
    this.setStatus(slot, status);
    this.setTime('expiresAt', slot, expiresAt);
    this.setTime('confirmedAt', slot, null);
    this.setDigest('made', slot, made);
    this.setDigest('payment', slot, NO_DIGEST);
    this.setDigest('extension', slot, NO_DIGEST);
    return slot;
  }

  /** For the next SKU; the memory is kept. */
  clear(): void {
    this.forgetSlots();
  }

  id(slot: number): string {
    const { ids } = this.segmentOf(slot);
    const at = (slot & MASK) * 4;
    const hex = [...ids.subarray(at, at + 4)].map((word) => word.toString(16).padStart(8, '0')).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  buyer = (slot: number): number => this.segmentOf(slot).buyer[slot & MASK] as number;
  quantity = (slot: number): number => this.segmentOf(slot).quantity[slot & MASK] as number;
  version = (slot: number): number => this.segmentOf(slot).version[slot & MASK] as number;

  status(slot: number): DecidedStatus {
    return STATUSES[(this.segmentOf(slot).status[slot & MASK] as number) & ~SEEN] as DecidedStatus;
  }

  time(column: TimeColumn, slot: number): number | null {
    const time = this.segmentOf(slot)[column][slot & MASK] as number;
    return time === 0 ? null : time - 1;
  }

  has(column: DigestColumn, slot: number, { high, low }: Digest): boolean {
    const words = this.segmentOf(slot)[column];
    const at = (slot & MASK) * 2;
    return words[at] === high && words[at + 1] === low;
  }

  /** Notes that the table has its row. */
  see(slot: number): void {
    (this.segmentOf(slot).status[slot & MASK] as number) |= SEEN;
  }

  /** The first whose row was not seen; -1 where all were. */
  firstUnseen(): number {
    for (let slot = 0; slot < this.size; slot += 1) if (((this.segmentOf(slot).status[slot & MASK] as number) & SEEN) === 0) return slot;
    return -1;
  }

  setStatus(slot: number, status: DecidedStatus): void {
    this.segmentOf(slot).status[slot & MASK] = STATUSES.indexOf(status);
  }

  setVersion(slot: number, version: number): void {
    this.segmentOf(slot).version[slot & MASK] = version;
  }

  setTime(column: TimeColumn, slot: number, time: number | null): void {
    const times = this.segmentOf(slot)[column];
    const stored = time === null ? 0 : time + 1;
    if (times[slot & MASK] !== stored) times[slot & MASK] = stored;
  }

  setDigest(column: DigestColumn, slot: number, { high, low }: Digest): void {
    const words = this.segmentOf(slot)[column];
    const at = (slot & MASK) * 2;
    // Memory that is only ever zero is none: what nobody wrote to, the system has not handed out yet.
    if (words[at] !== high) words[at] = high;
    if (words[at + 1] !== low) words[at + 1] = low;
  }

  protected override hashOfSlot(slot: number): number {
    const { ids } = this.segmentOf(slot);
    const at = (slot & MASK) * 4;
    return mixed(ids[at + 1] as number, ids[at + 2] as number, ids[at + 3] as number);
  }

  protected override isWanted(slot: number): boolean {
    const { ids } = this.segmentOf(slot);
    const at = (slot & MASK) * 4;
    const { wanted } = this;
    return ids[at + 3] === wanted[3] && ids[at + 2] === wanted[2] && ids[at + 1] === wanted[1] && ids[at] === wanted[0];
  }

  /** @returns its hash */
  private want(id: string): number {
    const { wanted } = this;
    wanted[0] = Number.parseInt(id.slice(0, 8), 16);
    wanted[1] = Number.parseInt(id.slice(9, 13) + id.slice(14, 18), 16);
    wanted[2] = Number.parseInt(id.slice(19, 23) + id.slice(24, 28), 16);
    wanted[3] = Number.parseInt(id.slice(28), 16);
    return mixed(wanted[1], wanted[2], wanted[3]);
  }

  private segmentOf(slot: number): Segment {
    const number = slot >>> SHIFT;
    const segment = this.segments[number] ?? newSegment();
    this.segments[number] = segment;
    return segment;
  }
}

/** The first word is the SKU's, the same for all. */
function mixed(second: number, third: number, fourth: number): number {
  const hash = Math.imul(second, 0x9e3779b1) ^ Math.imul(third, 0x85ebca77) ^ Math.imul(fourth, 0xc2b2ae3d);
  return hash ^ (hash >>> 15);
}
