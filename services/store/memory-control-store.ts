import type { Clock } from '../core/index.ts';
import { type ControlStore, type LogEntry, RevisionConflictError, type Revisioned } from './control-store.ts';

interface Stored {
  readonly json: string;
  readonly revision: number;
}

/** Control state of one process. Values pass through JSON, as they do in DynamoDB, so nothing is shared. */
export class MemoryControlStore implements ControlStore {
  readonly #values = new Map<string, Stored>();
  readonly #logs = new Map<string, { atMs: number; json: string }[]>();
  readonly #clock: Clock;

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
  }

  async get<T>(key: string): Promise<Revisioned<T> | undefined> {
    const stored = this.#values.get(key);
    return stored && { value: JSON.parse(stored.json) as T, revision: stored.revision };
  }

  async put<T>(key: string, value: T | undefined, expectedRevision: number | 'any'): Promise<number> {
    const current = this.#values.get(key)?.revision ?? 0;
    if (value === undefined && current === 0) return 0;
    if (expectedRevision !== 'any' && expectedRevision !== current) {
      throw new RevisionConflictError(key, expectedRevision);
    }
    if (value === undefined) {
      this.#values.delete(key);
      return 0;
    }
    this.#values.set(key, { json: JSON.stringify(value), revision: current + 1 });
    return current + 1;
  }

  async append<T>(log: string, entry: T): Promise<void> {
    const entries = this.#logs.get(log) ?? [];
    entries.push({ atMs: this.#clock.nowMs(), json: JSON.stringify(entry) });
    this.#logs.set(log, entries);
  }

  async history<T>(log: string, limit: number): Promise<LogEntry<T>[]> {
    const entries = this.#logs.get(log) ?? [];
    return entries
      .slice(Math.max(0, entries.length - limit))
      .reverse()
      .map(({ atMs, json }) => ({ atMs, entry: JSON.parse(json) as T }));
  }
}
