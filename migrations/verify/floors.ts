import type { Version } from '../../services/core/index.ts';

/** What the source still knows of keys that it no longer has. */
export interface Floors {
  /** The version that each key's deletion left, in order; `undefined` for a key that was never known to be deleted. */
  of(keys: readonly string[]): Promise<(Version | undefined)[]>;
}
