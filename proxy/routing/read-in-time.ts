import { inTime } from '../../services/core/in-time.ts';
import type { Clock } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';

/**
 * The value of a key in the control store, `undefined` when there is none. A reading that hangs is given up, or one
 * lost packet would stop the dial of this instance.
 * @throws BanyanError `late`
 */
export const readInTime = async (
  store: ControlStore,
  key: string,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<unknown> => (await inTime(clock, timeoutMs, store.get(key)))?.value;
