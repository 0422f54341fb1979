import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoFloors } from '../../../migrations/backfill/sources/mongo-floors.ts';
import { systemClock, versionOf } from '../../../services/core/index.ts';
import { Outbox } from '../../../services/outbox/index.ts';
import { freshDatabase } from '../../support/engines.ts';
import { thingEntity } from '../../support/things.config.ts';

describe('the versions that deletions left', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  it('are those of the deletions, and undefined for keys that were never deleted', async () => {
    const { client, db } = database;
    const outbox = new Outbox({ client, db, clock: systemClock, source: '/test' });
    await outbox.open();
    const tombstone = await outbox.transaction(async (tx) => {
      await tx.create(thingEntity, { _id: 'gone' }, 'thing.created');
      await tx.create(thingEntity, { _id: 'there' }, 'thing.created');
      return tx.delete(thingEntity, 'gone', 'thing.deleted');
    });
    const floors = new MongoFloors({ db, entity: thingEntity, slice: 'entity' });
    expect(await floors.of(['there', 'gone', 'nobody'])).toEqual([
      undefined,
      tombstone && versionOf(tombstone, 'entity'),
      undefined,
    ]);
  });
});
