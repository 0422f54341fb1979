import { type Db, MongoClient } from 'mongodb';
import { BanyanError, type Clock } from '../core/index.ts';
import { once } from '../core/once.ts';
import { Outbox } from '../outbox/outbox.ts';
import type { Authority } from './profiles.ts';

export interface MongoAuthorityOptions {
  /** Required. The connection string; asked for again after a connection that failed. It is never logged. */
  readonly uri: () => Promise<string>;
  readonly database: string;
  readonly clock: Clock;
}

/** The monolith's database, connected once per container and when first needed. */
export class MongoAuthority {
  readonly connect: () => Promise<Authority>;
  #client: MongoClient | undefined;

  constructor(options: MongoAuthorityOptions) {
    this.connect = once(async () => {
      const client = clientOf(await options.uri());
      await client.connect();
      this.#client = client;
      const db = client.db(options.database);
      return { db, outbox: once(() => openOutbox(client, db, options.clock)) };
    });
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }
}

/** A request is answered by the other side sooner than these would expire by default. */
const clientOf = (uri: string): MongoClient => {
  try {
    return new MongoClient(uri, {
      appName: 'profiles-api',
      connectTimeoutMS: 2_000,
      maxIdleTimeMS: 60_000,
      maxPoolSize: 5,
      serverSelectionTimeoutMS: 2_000,
    });
  } catch {
    // The driver's own error may repeat the connection string, password included.
    throw new BanyanError('bad-secret', "the secret does not hold MongoDB's connection string");
  }
};

const openOutbox = async (client: MongoClient, db: Db, clock: Clock): Promise<Outbox> => {
  const outbox = new Outbox({ client, db, clock, source: '/profiles' });
  await outbox.open();
  return outbox;
};
