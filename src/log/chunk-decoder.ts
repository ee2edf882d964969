import { CHUNK_MAX_RECORDS } from '../domain/limits.js';
import type { RawRecord } from '../ports/log.js';
import type { Place } from './codec.js';
import { type DecodedChunk, decodeChunk } from './decode-chunk.js';

export interface ChunkDecoder {
  decode(records: readonly RawRecord[]): DecodedChunk;
  /** Decodes what will be the next chunk, if a full one waits: while the one before it is written there is time for it. */
  ahead(): void;
}

/** @param next the records that wait, the first ones of the next chunk first */
export function createChunkDecoder(place: Place, next: () => readonly RawRecord[]): ChunkDecoder {
  let done: { readonly first: RawRecord; readonly chunk: DecodedChunk } | null = null;
  return {
    decode(records) {
      const ready = done;
      done = null;
      return ready !== null && ready.first === records[0] && records.length === CHUNK_MAX_RECORDS
        ? ready.chunk
        : decodeChunk(records, place);
    },
    ahead() {
      const records = next();
      const [first] = records;
      if (first === undefined || records.length < CHUNK_MAX_RECORDS || done?.first === first) return;
      done = { first, chunk: decodeChunk(records, place) };
    },
  };
}
