/** From 0 up to 1; the same seed gives the same numbers (mulberry32). */
export type Random = () => number;

export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** A random source of its own for each part of a world, so that one part's use of it leaves the others alone. */
export const randomFor = (seed: number, part: string): Random => {
  let hash = seed ^ 0x811c9dc5;
  for (let at = 0; at < part.length; at += 1) hash = Math.imul(hash ^ part.charCodeAt(at), 0x01000193);
  return seededRandom(hash);
};

/** `0` up to `below`, whole. */
export const whole = (random: Random, below: number): number => Math.floor(random() * below);
