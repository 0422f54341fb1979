import { RejectError } from '../core/index.ts';
import type { ClaimStore } from './claim-store.ts';

const PREFIX = 'memory:';

/** Claims in memory, for tests. */
export class MemoryClaimStore implements ClaimStore {
  readonly #bodies = new Map<string, string>();

  async put(name: string, body: string): Promise<string> {
    const reference = `${PREFIX}${encodeURIComponent(name)}`;
    this.#bodies.set(reference, body);
    return reference;
  }

  async get(reference: string): Promise<string | undefined> {
    if (!reference.startsWith(PREFIX)) throw new RejectError(`${reference} is no reference of this store`);
    return this.#bodies.get(reference);
  }

  /** What expired. */
  forget(reference: string): void {
    this.#bodies.delete(reference);
  }
}
