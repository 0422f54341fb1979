import { type Db, MongoClient } from 'mongodb';
import { BanyanError, messageOf, UnavailableError, UsageError } from '../services/core/index.ts';

const EXIT = { failed: 1, usage: 2, unavailable: 3 } as const;
const CREDENTIALS = /\/\/[^@/\s]*@/g;

/**
 * Runs a process's main function. What it throws ends the process with a sentence, and the exit code 2 for a
 * person's mistake, 3 for an engine that is down, 1 for a fault of ours (which shows its stack as well).
 */
export const runEntryPoint = async (main: () => Promise<void>): Promise<void> => {
  try {
    await main();
  } catch (thrown) {
    process.stderr.write(`error: ${explain(thrown).replaceAll(CREDENTIALS, '//')}\n`);
    process.exitCode = exitCodeOf(thrown);
  }
};

/**
 * Connects to the monolith's database.
 * @throws UnavailableError when nobody answers within 5 seconds.
 */
export const connect = async (options: {
  uri: string;
  database: string;
}): Promise<{ client: MongoClient; db: Db }> => {
  const client = new MongoClient(options.uri, { serverSelectionTimeoutMS: 5_000 });
  try {
    await client.connect();
  } catch (cause) {
    await client.close();
    throw new UnavailableError('MongoDB', options.uri, { cause });
  }
  return { client, db: client.db(options.database) };
};

/** Resolves with the first SIGTERM or SIGINT. */
export const stopSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });

const explain = (thrown: unknown): string => {
  if (thrown instanceof BanyanError) return thrown.message;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : messageOf(thrown);
};

const exitCodeOf = (thrown: unknown): number => {
  if (thrown instanceof UsageError) return EXIT.usage;
  return thrown instanceof UnavailableError ? EXIT.unavailable : EXIT.failed;
};
