import { type Clock, pause } from '../../../services/core/index.ts';

/** What is left of an invocation once no further batch begins: for those under way, and the last checkpoint. */
const LAST_MS = 60_000;

/** For how long an invocation may begin batches; a short one keeps a quarter of its time. */
export const workingMsOf = (remainingMs: number): number => remainingMs - Math.min(LAST_MS, remainingMs / 4);

/** Does `work` with a signal that aborts in time before an invocation that has `remainingMs` left is killed. */
export const beforeDeadline = async <T>(
  options: { readonly clock: Clock; readonly remainingMs: number },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const late = new AbortController();
  const over = new AbortController();
  const waiting = pause(options.clock, workingMsOf(options.remainingMs), over.signal).then(() => {
    if (!over.signal.aborted) late.abort(new Error('the invocation ends soon'));
  });
  try {
    return await work(late.signal);
  } finally {
    over.abort();
    await waiting;
  }
};
