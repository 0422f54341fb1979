import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { MongoClient, ObjectId } from 'mongodb';
import { systemClock } from '../../../services/core/index.ts';
import {
  MongoOutboxFeed,
  type OutboxFeed,
  outboxOf,
  prepareOutbox,
  ResumeTokenLostError,
} from '../../../services/outbox/index.ts';
import { describeOutboxFeed } from '../../contract/outbox-feed-contract.ts';
import { freshDatabase, mongoUri } from '../../support/engines.ts';

const DYING = join(import.meta.dirname, '../../support/dying-acknowledger.ts');

const open = async () => {
  const { client, db, drop } = await freshDatabase();
  await prepareOutbox(db);
  let count = 0;
  const row = (key: string) => {
    count += 1;
    const event = '{"specversion":"1.0"}';
    return { _id: new ObjectId(), stream: 'users', key, event, createdAt: new Date(1_000 + count) };
  };
  const feed: OutboxFeed = new MongoOutboxFeed({ db, clock: systemClock });
  return {
    db,
    feed,
    commit: async (...keys: string[]) => {
      const rows = keys.map(row);
      await client.withSession((session) =>
        session.withTransaction(() => outboxOf(db).insertMany(rows, { session })),
      );
      return rows.map(({ _id }) => _id.toHexString());
    },
    nextMs: async () => 1_000 + count + 1,
    lose: async (token: string) => ofAnotherRow(token),
    close: drop,
  };
};

/** The token of an event that never was, which MongoDB tells apart no more than one that left the oplog. */
const ofAnotherRow = (token: string): string => {
  const forged = token.replace(/(5F69640064)[0-9A-F]{24}/, `$1${'0'.repeat(24)}`);
  if (forged === token) throw new Error(`there is no row's id in the token ${token}`);
  return forged;
};

describeOutboxFeed('MongoDB', open);

it('says that its token is lost when the outbox is dropped under it', async () => {
  const world = await open();
  const end = new AbortController();
  const following = async () => {
    for await (const item of world.feed.follow(null, end.signal)) {
      if (!item.row) await outboxOf(world.db).drop();
    }
  };
  await expect(following()).rejects.toBeInstanceOf(ResumeTokenLostError);
  await world.close();
});

it('sweeps large rows a few at a time', async () => {
  const world = await open();
  const ids = Array.from({ length: 5 }, () => new ObjectId());
  const event = JSON.stringify({ specversion: '1.0', data: 'x'.repeat(9 * 1024 * 1024) });
  for (const _id of ids) {
    await outboxOf(world.db).insertOne(
      { _id, stream: 'users', key: 'k', event, createdAt: new Date(1_000) },
      { writeConcern: { w: 'majority' } },
    );
  }
  const client = await new MongoClient(mongoUri(), { monitorCommands: true }).connect();
  const read: number[] = [];
  client.on('commandStarted', ({ command }) => {
    if (command.find === 'outbox' && command.filter._id) read.push(command.filter._id.$in.length);
  });
  const feed = new MongoOutboxFeed({ db: client.db(world.db.databaseName), clock: systemClock });
  const swept: string[] = [];
  for await (const row of feed.pending({ createdBeforeMs: 2_000, isKnown: () => false })) swept.push(row.id);
  expect(swept).toEqual(ids.map((id) => id.toHexString()));
  expect(read).toEqual([2, 2, 1]);
  await client.close();
  await world.close();
}, 30_000);

it('acknowledges at once what a relay was about to acknowledge when it was killed', async () => {
  const world = await open();
  const [id = ''] = await world.commit('k');
  const args = [DYING, mongoUri(), world.db.databaseName, id];
  const dying = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args]);
  expect(await once(dying, 'exit')).toEqual([null, 'SIGKILL']);
  // A transaction that it had left open would be in the way for a minute.
  await world.feed.acknowledge([id]);
  expect(await world.feed.backlog()).toMatchObject({ rows: 0 });
  await world.close();
});
