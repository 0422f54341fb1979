import { hash } from 'node:crypto';
import { entityKeyOf } from '../../services/core/index.ts';
import { readAll } from './read-all.ts';
import type { VerifyOptions, VerifyParts } from './verify-parts.ts';

interface Drawn {
  readonly rank: string;
  readonly key: string;
}

/**
 * Draws `size` keys of all that it is shown, each set of them as likely as any other, in memory for `size`: those
 * whose hash with the seed is smallest. The same seed draws the same keys, whatever the order in which they come.
 */
export class Sample {
  readonly #size: number;
  readonly #seed: string;
  /** A heap with the largest rank first: what has to go when something smaller comes. */
  readonly #heap: Drawn[] = [];
  population = 0;

  constructor(options: { size: number; seed: string }) {
    this.#size = options.size;
    this.#seed = options.seed;
  }

  add(key: string): void {
    this.population += 1;
    const drawn = { rank: hash('sha256', `${this.#seed}\0${key}`, 'hex'), key };
    if (this.#heap.length < this.#size) this.#push(drawn);
    else if (drawn.rank < (this.#heap[0]?.rank ?? '')) this.#replaceFirst(drawn);
  }

  /** In the order of their ranks. */
  get keys(): string[] {
    return this.#heap.toSorted((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ key }) => key);
  }

  #push(drawn: Drawn): void {
    let at = this.#heap.push(drawn) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#rank(parent) >= drawn.rank) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #replaceFirst(drawn: Drawn): void {
    this.#heap[0] = drawn;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const larger = this.#rank(left + 1) > this.#rank(left) ? left + 1 : left;
      if (this.#rank(larger) <= drawn.rank) return;
      this.#swap(at, larger);
      at = larger;
    }
  }

  #rank(at: number): string {
    return this.#heap[at]?.rank ?? '';
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (!first || !second) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}

/** Draws from all keys of the source. */
export const drawSample = async (
  parts: Pick<VerifyParts, 'keySource' | 'retry'>,
  options: Omit<VerifyOptions, 'mode'>,
  mode: { readonly size: number; readonly seed: string },
): Promise<Sample> => {
  const sample = new Sample(mode);
  await readAll({
    source: parts.keySource,
    retry: parts.retry,
    ...options,
    onDocuments: async (documents, estimated) => {
      for (const { _id } of documents) sample.add(entityKeyOf(_id));
      options.onProgress('drawing keys', sample.population, estimated, {});
    },
  });
  return sample;
};
