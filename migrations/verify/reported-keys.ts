import { hashOfKey } from './key-hash.ts';

const BITS = 2 ** 23;

/**
 * Remembers which keys were reported, in a megabyte whatever their number: a key is reported once, though it is
 * met from both sides. Once many were reported it may take a new key for a known one; of an empty memory it never
 * does, so that whether anything differs is always told right.
 */
export class ReportedKeys {
  readonly #words = new Uint32Array(BITS / 32);

  has(key: string): boolean {
    const { word, bit } = placeOf(key);
    return ((this.#words[word] ?? 0) & bit) !== 0;
  }

  add(key: string): void {
    const { word, bit } = placeOf(key);
    this.#words[word] = (this.#words[word] ?? 0) | bit;
  }
}

const placeOf = (key: string): { word: number; bit: number } => {
  const at = hashOfKey(key) % BITS;
  return { word: at >>> 5, bit: 1 << (at & 31) };
};
