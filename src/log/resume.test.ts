import type { Offset } from '../domain/ids.js';
import type { Position } from '../ports/store.js';
import { fingerprint } from './fingerprint.js';
import { resumeFrom } from './resume.js';

const position = (nextOffset: number): Position => ({
  partition: 0,
  nextOffset: nextOffset as Offset,
  fingerprint: 'f',
  appliedThrough: null,
});
const range = (start: number, end: number) => ({ start: start as Offset, end: end as Offset });

describe('where a partition goes on', () => {
  it.each([
    ['the first time: at the start of the log', undefined, range(0, 9), { ok: true, position: 0, fingerprint: null }],
    ['the first time, where retention has been at work', undefined, range(4, 9), { ok: true, position: 4, fingerprint: null }],
    [
      'within the log: at the position, and the record before it is compared',
      position(5),
      range(0, 9),
      { ok: true, position: 5, fingerprint: 'f' },
    ],
    ['at the end of the log', position(9), range(0, 9), { ok: true, position: 9, fingerprint: 'f' }],
    ['the record before it is the first that is left', position(5), range(4, 9), { ok: true, position: 5, fingerprint: 'f' }],
    ['retention removed exactly what was applied', position(5), range(5, 9), { ok: true, position: 5, fingerprint: null }],
    ['all of it', position(9), range(9, 9), { ok: true, position: 9, fingerprint: null }],
    ['nothing was ever applied', position(0), range(0, 0), { ok: true, position: 0, fingerprint: null }],
    ['retention removed one record too many', position(5), range(6, 9), { ok: false, reason: 'RECORDS_LOST' }],
    ['the log ends before the position', position(10), range(0, 9), { ok: false, reason: 'LOG_TRUNCATED' }],
    ['the log is new and empty', position(5), range(0, 0), { ok: false, reason: 'LOG_TRUNCATED' }],
  ])('%s', (_, stored, log, expected) => expect(resumeFrom(stored, log)).toEqual(expected));
});

describe('a fingerprint', () => {
  const record = { offset: 1 as Offset, key: Buffer.from('ab'), value: Buffer.from('cd'), appendedAt: 5 };

  it('tells records apart by key, value, time and what is missing, and not by the offset', () => {
    const others = [
      { ...record, key: Buffer.from('abc'), value: Buffer.from('d') },
      { ...record, key: null },
      { ...record, key: Buffer.alloc(0) },
      { ...record, value: null },
      { ...record, value: Buffer.from('ce') },
      { ...record, appendedAt: 6 },
    ];
    const all = [record, ...others].map(fingerprint);
    expect(new Set(all).size).toBe(all.length);
    expect(fingerprint({ ...record, offset: 2 as Offset })).toBe(all[0]);
    expect(all[0]).toMatch(/^[0-9a-f]{16}$/);
  });
});
