import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;

/**
 * One file out of a zip (a jar is one). Neither `unzip` nor the JDK's `jar` is on every machine that has a JRE.
 * @param {string} archive
 * @param {string} name
 * @returns {Buffer}
 */
export function readZipEntry(archive, name) {
  const zip = readFileSync(archive);
  const end = findEnd(zip);
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== entrySignature) break;
    const nameLength = zip.readUInt16LE(at + 28);
    const entryName = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (entryName === name) return readEntry(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`${archive} holds no ${name}`);
}

/** @param {Buffer} zip */
function findEnd(zip) {
  // The end record is 22 bytes and a comment of at most 65,535.
  for (let at = zip.length - 22; at >= Math.max(0, zip.length - 22 - 65_535); at--) {
    if (zip.readUInt32LE(at) === endSignature) return at;
  }
  throw new Error('not a zip file');
}

/**
 * @param {Buffer} zip
 * @param {number} at of the entry in the central directory
 */
function readEntry(zip, at) {
  const method = zip.readUInt16LE(at + 10);
  const packedSize = zip.readUInt32LE(at + 20);
  const header = zip.readUInt32LE(at + 42);
  // The local header repeats the name with an extra field of its own length.
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const packed = zip.subarray(start, start + packedSize);
  return method === 0 ? Buffer.from(packed) : inflateRawSync(packed);
}
