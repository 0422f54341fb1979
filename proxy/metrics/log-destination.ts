import { pino } from 'pino';

/** What a pipe takes as one write, between whose bytes nobody else's come (POSIX' PIPE_BUF on Linux). */
const PIPE_BYTES = 4_096;

/**
 * Where a proxy's log goes: standard output, many lines at a time, at the latest after half a second and at the end. Where
 * several processes share it, no write is larger than what keeps their lines apart.
 */
export const logDestination = (options: {
  /** Optional: defaults to standard output. A file. */
  readonly dest?: string;
  readonly shared: boolean;
}): ReturnType<typeof pino.destination> => {
  const { dest = 1, shared } = options;
  const maxWrite = shared ? PIPE_BYTES : PIPE_BYTES * 4;
  return pino.destination({ dest, sync: false, minLength: maxWrite - 1_024, maxWrite, periodicFlush: 500 });
};
