/** A reproducible source of chance. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** One of `items`, each as likely. */
  pick(items: readonly string[]): string;
  /** One of `items`, the first most likely: the chance falls as 1 / rank (Zipf's law). */
  pickCommon(items: readonly string[]): string;
}

/** Mulberry32: 32 bits of state, good enough for names. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const at = (items: readonly string[], index: number) => items[Math.min(index, items.length - 1)] ?? '';
  return {
    next,
    pick: (items) => at(items, Math.floor(next() * items.length)),
    pickCommon: (items) => at(items, Math.floor((items.length + 1) ** next()) - 1),
  };
};
