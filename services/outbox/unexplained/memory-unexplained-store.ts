import { compareClusterTimes } from '../changes/cluster-time.ts';
import type { Healing, KeptWrite, UnexplainedCounts, UnexplainedStore } from './unexplained-store.ts';

/** Unexplained writes in memory, for tests. */
export class MemoryUnexplainedStore implements UnexplainedStore {
  readonly #writes = new Map<string, KeptWrite>();

  async add(writes: readonly KeptWrite[]): Promise<number> {
    const before = this.#writes.size;
    for (const write of writes) if (!this.#writes.has(write.id)) this.#writes.set(write.id, write);
    return this.#writes.size - before;
  }

  async open({ limit, failedBeforeMs }: { limit: number; failedBeforeMs: number }): Promise<KeptWrite[]> {
    return this.#open
      .filter(({ failure }) => failure === undefined || failure.atMs < failedBeforeMs)
      .sort((a, b) => compareClusterTimes(a.clusterTime, b.clusterTime) || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }

  async settle(ids: readonly string[], healing: Healing): Promise<void> {
    for (const id of ids) {
      const write = this.#writes.get(id);
      if (write) this.#writes.set(id, { ...write, ...healing });
    }
  }

  async counts(): Promise<UnexplainedCounts> {
    return { found: this.#writes.size, open: this.#open.length };
  }

  get #open(): KeptWrite[] {
    return [...this.#writes.values()].filter(({ healedAtMs }) => healedAtMs === undefined);
  }
}
