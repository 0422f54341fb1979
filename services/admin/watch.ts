import { type Clock, pause } from '../core/index.ts';

/** Reads again and again until the signal aborts, and tells what differs from what it told last. */
export const watch = async function* <T>(options: {
  read: () => Promise<T>;
  everyMs: number;
  clock: Clock;
  signal: AbortSignal;
}): AsyncGenerator<T> {
  const { read, everyMs, clock, signal } = options;
  let told: string | undefined;
  while (!signal.aborted) {
    const value = await read();
    const json = JSON.stringify(value);
    if (json !== told) yield value;
    told = json;
    await pause(clock, everyMs, signal);
  }
};

/** One reading for all who ask within `forMs`: many viewers cost no more than one. */
export const readForAll = <T>(
  read: () => Promise<T>,
  { clock, forMs }: { clock: Clock; forMs: number },
): (() => Promise<T>) => {
  let reading: { readonly value: Promise<T>; readonly atMs: number } | undefined;
  return () => {
    const atMs = clock.nowMs();
    if (!reading || Math.abs(atMs - reading.atMs) >= forMs) {
      const begun = { value: read(), atMs };
      begun.value.catch(() => {
        if (reading === begun) reading = undefined;
      });
      reading = begun;
    }
    return reading.value;
  };
};
