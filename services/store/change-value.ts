import { BanyanError } from '../core/index.ts';
import { type ControlStore, RevisionConflictError } from './control-store.ts';

const MAX_TRIES = 50;

/**
 * Changes a value that others change too: reads it, asks `change`, writes, and begins again when somebody else
 * wrote in between. Answers what stands there now; `change` answers `undefined` to leave it.
 */
export const changeValue = async <T>(
  store: ControlStore,
  key: string,
  change: (value: T | undefined) => T | undefined,
): Promise<T | undefined> => {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const stored = await store.get<T>(key);
    const changed = change(stored?.value);
    if (changed === undefined) return stored?.value;
    try {
      await store.put(key, changed, stored?.revision ?? 0);
      return changed;
    } catch (thrown) {
      if (!(thrown instanceof RevisionConflictError)) throw thrown;
    }
  }
  throw new BanyanError('contended', `${key} was changed by others ${MAX_TRIES} times in a row`, {
    retryable: true,
  });
};
