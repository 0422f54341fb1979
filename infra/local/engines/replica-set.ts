import { type Document, MongoClient } from 'mongodb';
import { BanyanError, systemClock, UnavailableError } from '../../../services/core/index.ts';

const PRIMARY_WITHIN_MS = 30_000;
const NOT_YET_INITIALIZED = 94;

/** One that has lost its primary has another one within seconds, not within the ten that MongoDB waits. */
const QUICK_ELECTIONS = { heartbeatIntervalMillis: 500, electionTimeoutMillis: 2_000 };
const PRIMARY = 1;
const SECONDARY = 2;

/**
 * Makes mongods that were started with `--replSet rs0` a replica set, and waits until all of them serve. `direct`
 * reaches the first. A data folder that was a set under another address before becomes one under this address.
 */
export const formReplicaSet = async (options: {
  direct: string;
  hosts: readonly string[];
  signal: AbortSignal;
}): Promise<void> => {
  await directly(options, async (command) => {
    await configure(command, options.hosts);
    await primaryReached(command);
  });
};

/** Waits until a mongod answers, whatever it is part of. */
export const mongodAnswers = async (options: { direct: string; signal: AbortSignal }): Promise<void> => {
  await directly(options, (command) => command({ ping: 1 }));
};

type Command = (command: Document) => Promise<Document>;

const directly = async (
  options: { direct: string; signal: AbortSignal },
  work: (command: Command) => Promise<unknown>,
): Promise<void> => {
  const client = new MongoClient(options.direct, {
    directConnection: true,
    serverSelectionTimeoutMS: PRIMARY_WITHIN_MS,
  });
  options.signal.addEventListener('abort', () => void client.close());
  try {
    await client.connect();
    await work((command) => client.db('admin').command(command));
  } finally {
    await client.close();
  }
};

const configure = async (command: Command, hosts: readonly string[]): Promise<void> => {
  const members = hosts.map((host, _id) => ({ _id, host }));
  try {
    const { config } = await command({ replSetGetConfig: 1 });
    if (isSame(config.members, members)) return;
    const next = { ...config, version: config.version + 1, members };
    await command({ replSetReconfig: next, force: true });
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== NOT_YET_INITIALIZED) throw thrown;
    const settings = members.length > 1 ? QUICK_ELECTIONS : {};
    await command({ replSetInitiate: { _id: 'rs0', members, settings } });
  }
};

const isSame = (configured: readonly { host: string }[], wanted: readonly { host: string }[]): boolean =>
  configured.length === wanted.length && configured.every(({ host }, at) => host === wanted[at]?.host);

const primaryReached = async (command: Command): Promise<void> => {
  const untilMs = systemClock.nowMs() + PRIMARY_WITHIN_MS;
  while (!(await isServing(command))) {
    if (systemClock.nowMs() > untilMs) {
      throw new BanyanError('no-primary', `mongod did not become primary within ${PRIMARY_WITHIN_MS} ms`);
    }
    await systemClock.sleep(50);
  }
};

/** A set of one serves by its primary; in a larger one another may have been elected. */
const isServing = async (command: Command): Promise<boolean> => {
  const { isWritablePrimary, primary, hosts } = await command({ hello: 1 });
  if (isWritablePrimary && hosts?.length === 1) return true;
  if (primary === undefined) return false;
  const { members } = await command({ replSetGetStatus: 1 });
  return members.every(({ state }: { state: number }) => state === PRIMARY || state === SECONDARY);
};

/** What a MongoDB says of itself. */
export interface MongoDescription {
  readonly version: string;
  /** Transactions and change streams need a replica set, or a sharded cluster, which is made of them. */
  readonly topology: 'replica set' | 'sharded cluster' | 'standalone';
}

/** @throws UnavailableError when nothing answers there within three seconds. */
export const describeMongo = async (uri: string): Promise<MongoDescription> => {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 3_000 });
  try {
    await client.connect();
    const admin = client.db('admin');
    const [hello, build] = await Promise.all([admin.command({ hello: 1 }), admin.command({ buildInfo: 1 })]);
    const sharded = hello.msg === 'isdbgrid' && 'sharded cluster';
    return { version: build.version, topology: sharded || (hello.setName ? 'replica set' : 'standalone') };
  } catch (cause) {
    throw new UnavailableError('MongoDB', hostsOf(uri), { cause });
  } finally {
    await client.close();
  }
};

/** The hosts of a connection string, without the credentials. */
const hostsOf = (uri: string): string => /^[^/]+\/\/(?:[^@/]*@)?([^/?]+)/.exec(uri)?.[1] ?? 'its address';
