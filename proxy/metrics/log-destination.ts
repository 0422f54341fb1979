import { pino } from 'pino';

/**
 * Where a proxy's log goes: standard output, several lines at a time, at the latest after half a second and at the end. No
 * write is larger than what a pipe takes as one, so that lines of several workers do not mix.
 */
export const logDestination = (dest: string | number = 1): ReturnType<typeof pino.destination> =>
  pino.destination({ dest, sync: false, minLength: 3_072, maxWrite: 4_096, periodicFlush: 500 });
