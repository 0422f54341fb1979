import type { FeedPosition, PositionStore } from './position-store.ts';

/** Positions in memory, for tests. */
export class MemoryPositionStore implements PositionStore {
  readonly #positions = new Map<string, FeedPosition>();

  async load(name: string): Promise<FeedPosition | undefined> {
    return this.#positions.get(name);
  }

  async save(name: string, position: FeedPosition): Promise<void> {
    this.#positions.set(name, position);
  }
}
