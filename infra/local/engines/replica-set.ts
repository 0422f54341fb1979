import { type Document, MongoClient } from 'mongodb';
import { BanyanError, systemClock, UnavailableError } from '../../../services/core/index.ts';

const PRIMARY_WITHIN_MS = 30_000;
const NOT_YET_INITIALIZED = 94;

/**
 * Makes a mongod that was started with `--replSet rs0` the primary of a set of one, and waits until it is. A data
 * folder that was a set under another address before becomes one under this address.
 */
export const becomePrimary = async (options: {
  direct: string;
  member: string;
  signal: AbortSignal;
}): Promise<void> => {
  const client = new MongoClient(options.direct, {
    directConnection: true,
    serverSelectionTimeoutMS: PRIMARY_WITHIN_MS,
  });
  options.signal.addEventListener('abort', () => void client.close());
  try {
    await client.connect();
    const admin = client.db('admin');
    await configure((command) => admin.command(command), options.member);
    await primaryReached(() => admin.command({ hello: 1 }));
  } finally {
    await client.close();
  }
};

const configure = async (command: (c: Document) => Promise<Document>, member: string): Promise<void> => {
  const members = [{ _id: 0, host: member }];
  try {
    const { config } = await command({ replSetGetConfig: 1 });
    if (config.members.length === 1 && config.members[0].host === member) return;
    const next = { ...config, version: config.version + 1, members };
    await command({ replSetReconfig: next, force: true });
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== NOT_YET_INITIALIZED) throw thrown;
    await command({ replSetInitiate: { _id: 'rs0', members } });
  }
};

const primaryReached = async (hello: () => Promise<Document>): Promise<void> => {
  const untilMs = systemClock.nowMs() + PRIMARY_WITHIN_MS;
  while (!(await hello()).isWritablePrimary) {
    if (systemClock.nowMs() > untilMs) {
      throw new BanyanError('no-primary', `mongod did not become primary within ${PRIMARY_WITHIN_MS} ms`);
    }
    await systemClock.sleep(50);
  }
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
