/** The records of a ZIP file, byte by byte. Source: APPNOTE.TXT 6.3.10, sections 4.3 and 4.5. */

export type Method = "stored" | "deflated";

/** What is known of an entry once its content is written. */
export interface Written {
  readonly name: Buffer;
  readonly method: Method;
  readonly modifiedAt: Date;
  /** Sizes and checksum stand behind the content: they were not known before it. */
  readonly isDescribedLater: boolean;
  /** Sizes behind the content are 8 bytes each. */
  readonly isLarge: boolean;
  readonly crc32: number;
  readonly bytes: number;
  readonly compressedBytes: number;
  /** Where its local header begins. */
  readonly offset: number;
}

const most32 = 0xffff_ffff;
const most16 = 0xffff;
const version = { plain: 20, zip64: 45 } as const;
/** Made on Unix, so that the attributes are a file's mode. */
const madeBy = (3 << 8) | version.zip64;
const regularFile = 0o100644 * 2 ** 16;
const flag = { describedLater: 1 << 3, utf8: 1 << 11 } as const;
const methodCode = { stored: 0, deflated: 8 } as const;

/** Whether content of so many bytes could need 8 bytes for a size, when deflate makes it longer at worst. */
export function isLarge(bytes: number): boolean {
  return bytes + Math.ceil(bytes / 1000) + most16 >= most32;
}

export function localHeader(entry: Written): Buffer {
  const { isDescribedLater, isLarge: isWide } = entry;
  const sizes = isDescribedLater ? { bytes: 0, compressedBytes: 0, crc32: 0 } : entry;
  // Both sizes must stand here, whichever needs it (4.5.3).
  const zip64 = isWide ? extra64([sizes.bytes, sizes.compressedBytes]) : Buffer.alloc(0);
  const extra = Buffer.concat([zip64, extraTime(entry.modifiedAt)]);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x0403_4b50, 0);
  header.writeUInt16LE(isWide ? version.zip64 : version.plain, 4);
  writeCommon(header, 6, entry, { ...sizes, ...(isWide && wide) });
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, entry.name, extra]);
}

const wide = { bytes: most32, compressedBytes: most32 } as const;

/** From the flags to the length of the name: the same in both headers. */
function writeCommon(
  header: Buffer,
  at: number,
  { isDescribedLater, method, modifiedAt, name }: Written,
  { crc32, compressedBytes, bytes }: Pick<Written, "crc32" | "bytes" | "compressedBytes">,
): void {
  header.writeUInt16LE(flag.utf8 | (isDescribedLater ? flag.describedLater : 0), at);
  header.writeUInt16LE(methodCode[method], at + 2);
  header.writeUInt32LE(toDosTime(modifiedAt), at + 4);
  header.writeUInt32LE(crc32, at + 8);
  header.writeUInt32LE(compressedBytes, at + 12);
  header.writeUInt32LE(bytes, at + 16);
  header.writeUInt16LE(name.length, at + 20);
}

/** What stands behind a content whose sizes were not known before it. */
export function dataDescriptor({
  crc32,
  compressedBytes,
  bytes,
  isLarge: isWide,
}: Written): Buffer {
  const descriptor = Buffer.alloc(isWide ? 24 : 16);
  descriptor.writeUInt32LE(0x0807_4b50, 0);
  descriptor.writeUInt32LE(crc32, 4);
  if (isWide) {
    descriptor.writeBigUInt64LE(BigInt(compressedBytes), 8);
    descriptor.writeBigUInt64LE(BigInt(bytes), 16);
  } else {
    descriptor.writeUInt32LE(compressedBytes, 8);
    descriptor.writeUInt32LE(bytes, 12);
  }
  return descriptor;
}

/** Where the next entry begins. */
export function endOf(entry: Written): number {
  const described = entry.isDescribedLater ? dataDescriptor(entry).length : 0;
  return entry.offset + localHeader(entry).length + entry.compressedBytes + described;
}

/** An entry's line in the directory at the end. */
export function centralHeader(entry: Written): Buffer {
  const { bytes, compressedBytes, offset } = entry;
  // Only what does not fit stands in the extra field, in this order.
  const large = [bytes, compressedBytes, offset].filter((value) => value >= most32);
  const isZip64 = large.length > 0 || entry.isLarge;
  const extra = Buffer.concat([
    large.length > 0 ? extra64(large) : Buffer.alloc(0),
    extraTime(entry.modifiedAt),
  ]);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x0201_4b50, 0);
  header.writeUInt16LE(madeBy, 4);
  header.writeUInt16LE(isZip64 ? version.zip64 : version.plain, 6);
  writeCommon(header, 8, entry, {
    crc32: entry.crc32,
    bytes: Math.min(bytes, most32),
    compressedBytes: Math.min(compressedBytes, most32),
  });
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(regularFile, 38);
  header.writeUInt32LE(Math.min(offset, most32), 42);
  return Buffer.concat([header, entry.name, extra]);
}

/** The end of the file: how many entries the directory has, and where it is. */
export function endRecords(directory: { entries: number; bytes: number; offset: number }): Buffer {
  const { entries, bytes, offset } = directory;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(Math.min(entries, most16), 8);
  end.writeUInt16LE(Math.min(entries, most16), 10);
  end.writeUInt32LE(Math.min(bytes, most32), 12);
  end.writeUInt32LE(Math.min(offset, most32), 16);
  const fits = entries < most16 && bytes < most32 && offset < most32;
  return fits ? end : Buffer.concat([endRecords64(entries, bytes, offset), end]);
}

function endRecords64(entries: number, bytes: number, offset: number): Buffer {
  const end = Buffer.alloc(56 + 20);
  end.writeUInt32LE(0x0606_4b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(madeBy, 12);
  end.writeUInt16LE(version.zip64, 14);
  end.writeBigUInt64LE(BigInt(entries), 24);
  end.writeBigUInt64LE(BigInt(entries), 32);
  end.writeBigUInt64LE(BigInt(bytes), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  // The locator.
  end.writeUInt32LE(0x0706_4b50, 56);
  end.writeBigUInt64LE(BigInt(offset + bytes), 64);
  end.writeUInt32LE(1, 72);
  return end;
}

function extra64(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + values.length * 8);
  extra.writeUInt16LE(0x0001, 0);
  extra.writeUInt16LE(values.length * 8, 2);
  for (const [index, value] of values.entries()) {
    extra.writeBigUInt64LE(BigInt(value), 4 + index * 8);
  }
  return extra;
}

/** When it was made, in UTC: what the header says has no zone. Source: Info-ZIP's extra field 0x5455. */
function extraTime(modifiedAt: Date): Buffer {
  const seconds = Math.floor(modifiedAt.getTime() / 1000);
  if (seconds < 0 || seconds > 0x7fff_ffff) return Buffer.alloc(0);
  const extra = Buffer.alloc(9);
  extra.writeUInt16LE(0x5455, 0);
  extra.writeUInt16LE(5, 2);
  extra.writeUInt8(1, 4);
  extra.writeInt32LE(seconds, 5);
  return extra;
}

/** Two seconds are its unit, and 1980 its first year. */
function toDosTime(date: Date): number {
  const year = Math.min(Math.max(date.getUTCFullYear(), 1980), 2107);
  const day = ((year - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time =
    (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return day * 2 ** 16 + time;
}
