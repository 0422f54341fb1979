import type { Quarantine, QuarantineEntry } from './quarantine.ts';
import { quarantinePath } from './quarantine-name.ts';

/** A quarantine in memory, for tests. */
export class MemoryQuarantine implements Quarantine {
  readonly #entries = new Map<string, QuarantineEntry>();

  async put(entry: QuarantineEntry): Promise<void> {
    this.#entries.set(quarantinePath(entry), { ...entry });
  }

  async *list(source: string): AsyncIterable<QuarantineEntry> {
    const paths = [...this.#entries.keys()].sort();
    for (const path of paths) {
      const entry = this.#entries.get(path);
      if (entry?.source === source) yield entry;
    }
  }

  async remove(entry: QuarantineEntry): Promise<void> {
    this.#entries.delete(quarantinePath(entry));
  }
}
