import type { Ramp } from './ramp.ts';

/** A ramp that nobody has looked at for so long has no controller. */
export const UNWATCHED_MS = 15_000;

/** For how long no controller has looked at a ramp that ought to be looked at; `undefined` when one does. */
export const unwatchedForMs = ({ wanted, happened }: Ramp, nowMs: number): number | undefined => {
  if (happened.ended) return undefined;
  const unwatchedMs = nowMs - (happened.savedAtMs ?? wanted.started.atMs);
  return unwatchedMs > UNWATCHED_MS ? unwatchedMs : undefined;
};
