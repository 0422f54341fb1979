import { type DestinationStream, pino } from 'pino';

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
}): DestinationStream => {
  const { dest = 1, shared } = options;
  const maxWrite = shared ? PIPE_BYTES : PIPE_BYTES * 16;
  const minLength = maxWrite - 1_024;
  // Given text, it would measure all that waits to be written with every line.
  const bytes = pino.destination({
    dest,
    sync: false,
    minLength,
    maxWrite,
    periodicFlush: 500,
    contentMode: 'buffer',
  });
  return { write: (line) => void bytes.write(Buffer.from(line) as unknown as string) };
};
