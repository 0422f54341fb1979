import { BanyanError, type Clock } from '../core/index.ts';

/**
 * Runs `work` with a signal that aborts at `deadlineMs`; once that has passed, it is not even started.
 * @throws what `work` throws; BanyanError `deadline`, `retryable`, when it comes to nothing in time.
 */
export const withDeadline = async <T>(
  clock: Clock,
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const late = new BanyanError('deadline', 'the write was not answered in time', { retryable: true });
  if (clock.nowMs() >= deadlineMs) throw late;
  const [working, done] = [new AbortController(), new AbortController()];
  const alarm = clock.sleep(deadlineMs - clock.nowMs(), done.signal).then(
    () => {
      working.abort(late);
      throw late;
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([work(working.signal), alarm]);
  } finally {
    done.abort();
  }
};
