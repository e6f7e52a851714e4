/**
 * TFRecord files: records of bytes, each with checksums of its length and of itself.
 *
 * As TensorFlow's `tensorflow/core/lib/io/record_writer.h` has it, all numbers little-endian:
 *
 * - uint64 length
 * - uint32 masked CRC of the length's eight bytes
 * - the record
 * - uint32 masked CRC of the record
 *
 * The CRC is CRC-32C (Castagnoli, RFC 3720 appendix B.4). It is masked, since the CRC of a text that holds
 * CRCs itself is a weak one (`tensorflow/core/lib/hash/crc32c.h`): rotated right by 15 bits, plus
 * 0xa282ead8. Node's zlib has only the CRC of ZIP and PNG, which is another polynomial.
 *
 * @module
 */

/** The polynomial 0x1EDC6F41 with its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const MASK_DELTA = 0xa282ead8;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** CRC-32C of bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** {@linkcode crc32c} as it stands in a file of records. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

/** A record's length and the length's checksum, in bytes. */
const HEADER = 12;

/** The checksum after a record, in bytes. */
const FOOTER = 4;

/** A record as it stands in a file. */
export function frameRecord(record: Uint8Array): Uint8Array<ArrayBuffer> {
  const framed = new Uint8Array(HEADER + record.length + FOOTER);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(record.length), true);
  view.setUint32(8, maskedCrc32c(framed.subarray(0, 8)), true);
  framed.set(record, HEADER);
  view.setUint32(HEADER + record.length, maskedCrc32c(record), true);
  return framed;
}

/**
 * The records of a file.
 *
 * @param file Its bytes.
 * @returns Nothing where it is cut off, or a checksum does not fit.
 */
export function readRecords(file: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length;) {
    if (at + HEADER > file.length) return undefined;
    if (view.getUint32(at + 8, true) !== maskedCrc32c(file.subarray(at, at + 8))) return undefined;
    const start = at + HEADER;
    const end = start + Number(view.getBigUint64(at, true));
    if (end + FOOTER > file.length) return undefined;
    const record = file.subarray(start, end);
    if (view.getUint32(end, true) !== maskedCrc32c(record)) return undefined;
    records.push(record);
    at = end + FOOTER;
  }
  return records;
}
