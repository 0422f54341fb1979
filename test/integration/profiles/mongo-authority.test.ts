import { afterAll, describe, expect, it } from '@jest/globals';
import { MongoServerSelectionError } from 'mongodb';
import { systemClock } from '../../../services/core/index.ts';
import { MongoAuthority } from '../../../services/profiles/mongo-authority.ts';
import { freshDatabase, mongoUri } from '../../support/engines.ts';

const NOBODY = 'mongodb://127.0.0.1:9/?directConnection=true';

describe('MongoAuthority', () => {
  const authorities: MongoAuthority[] = [];
  afterAll(() => Promise.all(authorities.map((authority) => authority.close())));

  const authorityWith = (uri: () => Promise<string>, database = 'test') => {
    const authority = new MongoAuthority({ uri, database, clock: systemClock });
    authorities.push(authority);
    return authority;
  };

  it('connects once, however many ask at once', async () => {
    let asked = 0;
    const { connect } = authorityWith(async () => {
      asked += 1;
      return mongoUri();
    });
    const [one, other] = await Promise.all([connect(), connect()]);
    expect(one).toBe(other);
    expect(await connect()).toBe(one);
    expect(asked).toBe(1);
  });

  it('asks for the secret again and connects anew after a connection that failed', async () => {
    const uris = [NOBODY, mongoUri()];
    const { connect } = authorityWith(async () => uris.shift() ?? '');
    await expect(connect()).rejects.toBeInstanceOf(MongoServerSelectionError);
    expect(await (await connect()).db.command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('opens the outbox only when a write needs it', async () => {
    const { db, drop } = await freshDatabase();
    const { connect } = authorityWith(async () => mongoUri(), db.databaseName);
    const authority = await connect();
    expect(await db.listCollections().toArray()).toEqual([]);
    const outbox = await authority.outbox();
    expect(await authority.outbox()).toBe(outbox);
    const names = (await db.listCollections().toArray()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['outbox', '_banyan_floors']));
    await drop();
  });

  it('repeats nothing of a secret that is no connection string', async () => {
    const { connect } = authorityWith(async () => 'mongo://user:hunter2@host');
    const failure = await connect().catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'bad-secret' });
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toMatch(/hunter2/);
  });
});
