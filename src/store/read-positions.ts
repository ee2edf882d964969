import type { Pool } from 'pg';
import type { Position } from '../ports/store.js';
import { numberArray } from './array-literal.js';
import { type PositionRow, readPosition } from './rows.js';
import { type ObserveStatement, statement } from './statement.js';

const POSITIONS = statement<PositionRow>('positions');

/** Of those partitions that have one. */
export async function readPositions(pool: Pool, partitions: readonly number[], observe: ObserveStatement): Promise<readonly Position[]> {
  const rows = await POSITIONS(pool, [numberArray(partitions)], observe);
  return rows.map(readPosition);
}
