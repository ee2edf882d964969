import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { scratchFolders } from './testing/scratch.js';
import { readZipEntry } from './unzip.mjs';

const scratchFolder = scratchFolders(afterAll);
const scratch = scratchFolder();

function zipOf(entries: Array<{ name: string; data: Buffer; method: 0 | 8; extra?: number }>, comment = ''): string {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, method, extra = 0 } of entries) {
    const packed = method === 8 ? deflateRawSync(data) : data;
    const local = Buffer.alloc(30 + name.length + extra);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(extra, 28);
    local.write(name, 30);
    const entry = Buffer.alloc(46 + name.length);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    entry.write(name, 46);
    locals.push(local, packed);
    directory.push(entry);
    offset += local.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  const path = join(scratch, `${Math.random()}.jar`);
  writeFileSync(path, Buffer.concat([...locals, ...directory, end, Buffer.from(comment)]));
  return path;
}

test('a stored and a deflated entry come out as they went in', () => {
  const data = Buffer.from('redis '.repeat(10_000));
  const path = zipOf(
    [
      { name: 'stored', data: Buffer.from('as it is'), method: 0, extra: 7 },
      { name: 'packed', data, method: 8, extra: 4 },
    ],
    'made by hand',
  );
  expect(readZipEntry(path, 'stored').toString()).toBe('as it is');
  expect(readZipEntry(path, 'packed').equals(data)).toBe(true);
});

test('a name that is not there, and a file that is no zip, are errors', () => {
  expect(() => readZipEntry(zipOf([{ name: 'a', data: Buffer.from('a'), method: 0 }]), 'b')).toThrow(/holds no b/);
  const path = join(scratch, 'no.zip');
  writeFileSync(path, 'x'.repeat(100));
  expect(() => readZipEntry(path, 'a')).toThrow(/not a zip/);
});
