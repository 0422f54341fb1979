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

/** Names whose last readings are kept before those that nobody asks for are forgotten. */
const MAX_NAMES = 100;

/** One reading of a name for all who ask within `forMs`: many viewers cost no more than one. */
export const readForAll = <T>(
  read: (name: string) => Promise<T>,
  { clock, forMs }: { clock: Clock; forMs: number },
): ((name: string) => Promise<T>) => {
  const readings = new Map<string, { readonly value: Promise<T>; readonly atMs: number }>();
  return (name) => {
    const atMs = clock.nowMs();
    const known = readings.get(name);
    if (known && Math.abs(atMs - known.atMs) < forMs) return known.value;
    if (readings.size >= MAX_NAMES)
      for (const [other, { atMs: readAtMs }] of readings)
        if (Math.abs(atMs - readAtMs) >= forMs) readings.delete(other);
    const begun = { value: read(name), atMs };
    readings.set(name, begun);
    // What failed, an unknown name above all, is not kept.
    begun.value.catch(() => {
      if (readings.get(name) === begun) readings.delete(name);
    });
    return begun.value;
  };
};
