import { BanyanError, type Clock } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';

/**
 * The value of a key in the control store, `undefined` when there is none. A reading that hangs is given up, or one
 * lost packet would stop the dial of this instance.
 * @throws BanyanError `control-store-late`
 */
export const readInTime = async (
  store: ControlStore,
  key: string,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<unknown> => {
  const answered = new AbortController();
  const late = clock.sleep(timeoutMs, answered.signal).then(() => {
    throw new BanyanError('control-store-late', `no answer within ${timeoutMs} ms`);
  });
  late.catch(() => undefined);
  try {
    return (await Promise.race([store.get(key), late]))?.value;
  } finally {
    answered.abort();
  }
};
