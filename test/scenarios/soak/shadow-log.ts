import { createWriteStream, type WriteStream } from 'node:fs';

/** One version that a sink came to hold. */
export interface StoredVersion {
  readonly key: string;
  readonly version: number;
  /** Who wrote it. */
  readonly by: string;
}

/**
 * Every version that a sink ever held, in the order in which it came to hold them: whatever a key has now, here
 * stands whether it ever went back.
 */
export class ShadowLog {
  /** What went back, in sentences. */
  readonly regressions: string[] = [];
  /** Writes of which nobody can tell what they did: the log has a hole. */
  readonly unreadable: string[] = [];
  /** How many versions each writer had stored. */
  readonly storedBy = new Map<string, number>();
  readonly #last = new Map<string, StoredVersion>();
  readonly #highest = new Map<string, number>();
  readonly #file: WriteStream;

  /** `file`: Required. Where the log is kept, a line of JSON each. */
  constructor(options: { file: string }) {
    this.#file = createWriteStream(options.file);
  }

  stored(one: StoredVersion): void {
    const { key, version, by } = one;
    const last = this.#last.get(key);
    if (last && version <= last.version) {
      this.regressions.push(`${key} went from version ${last.version} (${last.by}) to ${version} (${by})`);
    }
    this.#last.set(key, one);
    this.#highest.set(key, Math.max(version, this.#highest.get(key) ?? version));
    this.storedBy.set(by, (this.storedBy.get(by) ?? 0) + 1);
    this.#file.write(`${JSON.stringify(one)}\n`);
  }

  cannotRead(what: string): void {
    this.unreadable.push(what);
  }

  /** Whether the sink ever held this version of a key, or a higher one. */
  hasStored(key: string, version: number): boolean {
    return (this.#highest.get(key) ?? -1) >= version;
  }

  /** Keys of which the sink holds another version than was logged last: then the log has missed something. */
  unaccounted(held: ReadonlyMap<string, number>): string[] {
    const keys = new Set([...held.keys(), ...this.#last.keys()]);
    return [...keys].flatMap((key) => {
      const [logged, has] = [this.#last.get(key)?.version, held.get(key)];
      return logged === has ? [] : [`${key} has version ${has ?? 'none'}, logged was ${logged ?? 'none'}`];
    });
  }

  close(): Promise<void> {
    return new Promise((closed) => this.#file.end(() => closed()));
  }
}
