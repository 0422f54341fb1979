/** How https://bsonspec.org/spec.html numbers the types that are read where they stand. */
export const BSON_TYPES = { double: 1, document: 3, objectId: 7, int: 16, long: 18 } as const;

/** Added to a size: the value begins with a 32-bit number of bytes more. */
const COUNTED = 64;
const VALUE_BYTES = new Int8Array(256).fill(-1);
for (const [bytes, types] of [
  [0, [6, 10, 127, 255]], // undefined, null, the largest and the smallest key
  [1, [8]], // boolean
  [4, [16]], // int
  [8, [1, 9, 17, 18]], // double, date, timestamp, long
  [12, [7]], // ObjectId
  [16, [19]], // decimal
  [COUNTED, [3, 4, 15]], // document, array, code with scope: the number counts itself
  [COUNTED + 4, [2, 13, 14]], // string, code, symbol
  [COUNTED + 5, [5]], // binary: nor its subtype
] as const) {
  for (const type of types) VALUE_BYTES[type] = bytes;
}

/**
 * Where in `bytes` the element of this ASCII name begins, in the document at `from`: its type, its name and a zero,
 * its value. Of several the last, which is what decoding keeps; -1 when there is none.
 * @throws RangeError for what it cannot walk through: decoding the document tells whether anything is wrong with it.
 */
export const findElement = (bytes: Buffer, from: number, name: string): number => {
  const end = from + int32At(bytes, from) - 1;
  if (end >= bytes.length) throw new RangeError('a BSON document is longer than its bytes');
  let found = -1;
  for (let at = from + 4; at < end; ) {
    let next = at + 1;
    let same = 0;
    while (same < name.length && bytes[next] === name.charCodeAt(same)) {
      next += 1;
      same += 1;
    }
    if (same === name.length && bytes[next] === 0) found = at;
    while (next < end && bytes[next] !== 0) next += 1;
    at = valueEnd(bytes, at, next + 1);
  }
  return found;
};

/** Where the value ends that begins at `valueAt`, of the element at `at`. @throws RangeError as above. */
export const valueEnd = (bytes: Buffer, at: number, valueAt: number): number => {
  const size = VALUE_BYTES[bytes[at] ?? 0] ?? -1;
  if (size < 0) throw new RangeError(`a value of BSON type ${bytes[at]} is not walked over`);
  return valueAt + (size < COUNTED ? size : size - COUNTED + int32At(bytes, valueAt));
};

const int32At = (bytes: Buffer, at: number): number => {
  const value = bytes.readInt32LE(at);
  if (value < 0) throw new RangeError('a BSON length is negative');
  return value;
};
