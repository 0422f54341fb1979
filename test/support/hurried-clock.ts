import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../services/core/index.ts';

/** A clock that runs `factor` times as fast as the real one: for waits of seconds against real engines. */
export const hurriedClock = (factor: number): Clock => {
  const startedMs = performance.now();
  return {
    nowMs: () => 1_700_000_000_000 + Math.floor((performance.now() - startedMs) * factor),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      const timer = delay(Math.ceil(ms / factor), undefined, signal ? { signal } : {});
      await timer.catch(() => signal?.throwIfAborted());
    },
  };
};
