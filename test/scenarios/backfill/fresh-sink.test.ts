import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../services/core/index.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { eventually } from '../../support/eventually.ts';
import { resultOf } from '../../support/run-banyan.ts';
import { makeThings, type Things } from '../../support/things-world.ts';

const DOCUMENTS = 60;
/** The transform, changed. */
const CHANGED = { THINGS_SHOUTING: 'yes' };

describe('a table that is filled afresh, since the transform changed', () => {
  let things: Things;
  let dynamoDb: DynamoDBClient;
  let table: string;
  let fresh: DynamoDbStore;
  let name: string;
  beforeAll(async () => {
    things = await makeThings();
    dynamoDb = new DynamoDBClient(things.aws);
    table = await createTable(dynamoDb, { partition: 'key' });
    fresh = new DynamoDbStore({ client: dynamoDb, table, clock: systemClock });
    name = `things@${table}`;
    await things.insert(
      Array.from({ length: DOCUMENTS }, (_, i) => ({
        _id: `thing-${i}`,
        name: `name ${i}`,
        _banyan: { entity: 1_000 + i },
      })),
    );
    expect((await things.banyan(['backfill', 'run', 'things'])).code).toBe(0);
  }, 60_000);
  afterAll(async () => {
    dynamoDb.destroy();
    await things.close();
  });

  const write = (key: string, text: string, version: number) =>
    things.db
      .collection<{ _id: string }>('things')
      .updateOne(
        { _id: key },
        { $set: { name: text, '_banyan.entity': version } },
        { writeConcern: { w: 'majority' } },
      );
  const publish = (...more: string[]) =>
    things.banyan(['sink', 'publish', name, '--settle-ms', '200', ...more], CHANGED);

  it('is not published before it was copied', async () => {
    const refused = await publish();
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('was not copied to its end') });
  }, 60_000);

  it('is filled and verified while the present one stays as it is, with a run of its own', async () => {
    const before = await things.stored();
    expect(resultOf(await things.banyan(['backfill', 'run', name], CHANGED))).toMatchObject({
      plan: name,
      written: DOCUMENTS,
    });
    expect((await things.banyan(['verify', name], CHANGED)).code).toBe(0);
    expect((await fresh.get(['thing-1']))[0]?.state).toEqual({ name: 'NAME 1' });
    expect(await things.stored()).toEqual(before);
    expect((await things.checkpoint())?.run.plan).toBe('things');
    expect((await things.banyan(['verify', 'things', '--settle-ms', '0'], CHANGED)).code).toBe(5);
  }, 120_000);

  it('is published only once it holds a change that came after its copy', async () => {
    const early = await publish();
    expect(early).toMatchObject({ code: 6, stderr: expect.stringContaining('nobody can tell') });

    await write('thing-2', 'later', 5_000);
    const unfed = await publish();
    expect(unfed).toMatchObject({ code: 5, stderr: expect.stringContaining('not published') });

    let version = 5_000;
    const fed = await eventually(async () => {
      version += 1;
      await write('thing-2', 'later', version);
      // As its own consumer does.
      await fresh.putIfNewer([{ key: 'thing-2', version, state: { name: 'LATER' } }]);
      const published = await publish();
      expect(published.code).toBe(0);
      return published;
    }, 60_000);
    expect(resultOf(fed)).toMatchObject({ plan: name, published: false });
  }, 120_000);

  it('is published without a change where a person says that nobody writes', async () => {
    expect((await publish('--idle')).code).toBe(0);
  }, 60_000);

  it('is repaired through itself where the source may not be written', async () => {
    await write('thing-3', 'touched', 6_000);
    const repaired = await things.banyan(['repair', name, '--through-sink', '--settle-ms', '200'], CHANGED);
    expect(repaired.code).toBe(0);
    expect((await fresh.get(['thing-3']))[0]).toMatchObject({ version: 6_000, state: { name: 'TOUCHED' } });
    expect((await things.stored()).get('thing-3')).toMatchObject({ version: 1_003 });
  }, 60_000);

  it('is never the present one by mistake: what cannot be told apart is refused, and nothing written', async () => {
    const before = await things.stored();
    const refusals = [
      await things.banyan(['backfill', 'run', `things@${things.table}`], CHANGED),
      await things.banyan(['backfill', 'run', name], { ...CHANGED, THINGS_DEAF: 'yes' }),
      await things.banyan(['backfill', 'run', name], { ...CHANGED, THINGS_DEAF: 'nameless' }),
      await things.banyan(['backfill', 'run', 'things@'], CHANGED),
      await things.banyan(['backfill', 'consume', name], CHANGED),
    ];
    expect(refusals.map(({ code, stderr }) => [code, stderr.trim()])).toEqual([
      [2, expect.stringContaining('is the sink that things fills at present')],
      [2, expect.stringContaining(`asked for ${table}, the plan opened ${things.table}`)],
      [2, expect.stringContaining('things fills one sink only')],
      [2, expect.stringContaining('the name of the fresh sink is missing')],
      [2, expect.stringContaining('feeds its present sink')],
    ]);
    expect(await things.stored()).toEqual(before);
  }, 120_000);
});
