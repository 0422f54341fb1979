import { describe, expect, it } from '@jest/globals';
import { type Db, MongoServerError, Timestamp } from 'mongodb';
import { MongoChangedKeys } from '../../../../migrations/verify/mongo-changed-keys.ts';
import { VirtualClock } from '../../../../services/core/index.ts';

/** A database whose change streams fail with `code`: its oplog has to be full before a real one does. */
const failingWith = (code: number): Db => {
  const changes = {
    resumeToken: undefined,
    tryNext: async () => {
      throw new MongoServerError({ message: 'no', code });
    },
    close: async () => undefined,
  };
  const answer = {
    operationTime: new Timestamp({ t: 2_000_000_000, i: 1 }),
    cursor: { id: 1, postBatchResumeToken: { _data: '82' } },
  };
  const db = {
    collection: () => ({ collectionName: 'things', watch: () => changes }),
    command: async () => answer,
  };
  return db as unknown as Db;
};

const since = async (db: Db, position: string): Promise<void> => {
  const changed = new MongoChangedKeys({ db, collection: 'things', clock: new VirtualClock() });
  for await (const _ of changed.since(position, new AbortController().signal));
};

describe('what a MongoDB collection says of its changes', () => {
  it.each([260, 280, 286])('is unknown where its oplog has forgotten them (%i)', async (code) => {
    await expect(since(failingWith(code), '1000000000.1')).rejects.toThrow(
      'the oplog no longer reaches back to there',
    );
  });

  it('is not unknown for any other failure', async () => {
    const failed = since(failingWith(13), '1000000000.1');
    await expect(failed).rejects.toThrow();
    await expect(failed).rejects.not.toThrow('the oplog no longer reaches back to there');
  });
});
