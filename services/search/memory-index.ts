import type { RejectError, State, VersionedRecord } from '../core/index.ts';
import type { SearchHit, SearchIndex, SearchQuery, SearchRanking } from './search-index.ts';
import { wordsOf } from './words-of.ts';

const PAGE = 100;
const EXACT = 10_000;

interface Indexed<S extends State> {
  readonly version: number;
  readonly state: S;
}

/** A search index in memory, which reads everything for every search. */
export class MemoryIndex<S extends State = State> implements SearchIndex<S> {
  readonly #ranking: SearchRanking;
  readonly #documents = new Map<string, Indexed<S>>();

  constructor(options: { ranking: SearchRanking }) {
    this.#ranking = options.ranking;
  }

  async write(
    records: readonly VersionedRecord<S>[],
    signal?: AbortSignal,
  ): Promise<(undefined | RejectError)[]> {
    signal?.throwIfAborted();
    for (const { key, version, state } of records) {
      if (state === null) this.#documents.delete(key);
      else this.#documents.set(key, { version, state: structuredClone(state) });
    }
    return records.map(() => undefined);
  }

  async get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    return keys.map((key) => {
      const document = this.#documents.get(key);
      return document && { key, ...structuredClone(document) };
    });
  }

  async *scan(): AsyncIterable<VersionedRecord<S>[]> {
    const keys = [...this.#documents.keys()].sort();
    for (let from = 0; from < keys.length; from += PAGE) {
      const page = await this.get(keys.slice(from, from + PAGE));
      yield page.filter((record) => record !== undefined);
    }
  }

  async search({ text, limit }: SearchQuery): Promise<SearchHit<S>[]> {
    const words = wordsOf(text);
    if (words.length === 0) return [];
    return [...this.#documents]
      .map(([key, { state }]) => ({
        key,
        state: structuredClone(state),
        score: this.#score(state, text, words),
      }))
      .filter((hit) => hit.score > 0)
      .sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1))
      .slice(0, limit);
  }

  /** 0 unless every word is found, the last one perhaps as a beginning. */
  #score(state: S, text: string, words: readonly string[]): number {
    const scores = words.map((word, at) => this.#wordScore(state, word, at === words.length - 1));
    if (scores.includes(0)) return 0;
    const { exactField, popularityField } = this.#ranking;
    const exact = String(state[exactField] ?? '').toLowerCase() === text.trim().toLowerCase() ? EXACT : 0;
    const popularity = Math.max(0, Number(state[popularityField] ?? 0));
    const matched = exact + scores.reduce((sum, score) => sum + score, 0);
    return matched * (1 + Math.log10(1 + popularity) / 4);
  }

  #wordScore(state: S, word: string, mayContinue: boolean): number {
    let score = 0;
    for (const [field, weight] of Object.entries(this.#ranking.weights)) {
      const words = wordsOf(String(state[field] ?? ''));
      if (words.includes(word)) score += weight * 2;
      if (mayContinue && words.some((found) => found.startsWith(word))) score += weight;
    }
    return score;
  }
}
