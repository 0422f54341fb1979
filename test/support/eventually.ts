import { setTimeout as delay } from 'node:timers/promises';

/** Repeats `check` until it no longer throws, and answers what it answered; at the deadline throws its last failure. */
export const eventually = async <T>(check: () => T | Promise<T>, deadlineMs = 10_000): Promise<T> => {
  const untilMs = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (thrown) {
      if (Date.now() >= untilMs) throw thrown;
      await delay(10);
    }
  }
};
