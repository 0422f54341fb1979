import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { countsOf } from '../../../migrations/backfill/run-view.ts';
import { systemClock } from '../../../services/core/index.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';
import { type CopyWorld, changes, oldId, oldThings, openCopyWorld } from '../../support/copy-world.ts';
import { type DynamoDbCall, openDynamoDbProxy } from '../../support/dynamodb-proxy.ts';
import type { HttpProxy } from '../../support/http-proxy.ts';
import { openThrottling } from '../../support/throttling-endpoint.ts';

const DOCUMENTS = 60;
/** Once a call was refused, the store waits before it repeats it: not for long here. */
const QUICKLY = { maxRetries: 8, initialDelayMs: 1, maxDelayMs: 5 };

/** "The request may have succeeded, or not": that is what DynamoDB means by this. */
const UNKNOWN = {
  status: 500,
  text: JSON.stringify({
    __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
    message: 'internal',
  }),
};

describe('a batch of inserts of which some fail inside an answer that is a success', () => {
  let world: CopyWorld;
  let client: DynamoDBClient | undefined;
  let proxy: HttpProxy | undefined;
  beforeEach(async () => {
    world = await openCopyWorld();
    await world.insert(oldThings(DOCUMENTS));
  }, 60_000);
  afterEach(async () => {
    client?.destroy();
    await proxy?.close();
    await world.close();
  });

  /** Everything that a batch can meet: keys that are there already, with older, equal and newer versions. */
  const fillTable = async () => {
    const { outbox, store, consume } = world;
    await outbox.transaction(changes.update(oldId(0), 'newer in both'));
    await consume();
    await outbox.transaction(changes.update(oldId(1), 'newer in the source'));
    await store.putIfNewer([
      { key: oldId(1), version: 1, state: { name: 'older in the table' } },
      { key: oldId(2), version: 0, state: { name: 'thing 2' } },
    ]);
    await outbox.transaction(changes.delete(oldId(3)));
    await outbox.transaction(changes.create(oldId(3), 'created again'));
    await consume();
    await store.putIfNewer([{ key: oldId(1), version: 1, state: { name: 'older in the table' } }]);
  };

  const copyThrough = async (endpoint: string, busy: () => void = () => {}) => {
    client = new DynamoDBClient({ ...world.aws, endpoint, maxAttempts: 1 });
    const { table } = world;
    const store = new DynamoDbStore({
      ...{ client, table, clock: systemClock, mostlyAbsent: true, onBusy: busy },
      retry: QUICKLY,
    });
    return world.copy({ store, batchSize: 25, partitions: 1 });
  };

  it('stores what was absent, puts what was older, leaves what was newer, and repeats what was throttled', async () => {
    await fillTable();
    let asked = 0;
    const throttling = await openThrottling({
      behind: world.aws.endpoint,
      table: world.table,
      isRefused: () => ++asked % 3 === 0,
    });
    proxy = throttling;
    let busy = 0;
    const view = await copyThrough(throttling.endpoint, () => {
      busy += 1;
    });
    expect(view && countsOf(view)).toEqual({
      read: DOCUMENTS,
      written: DOCUMENTS - 4,
      stale: 4,
      rejected: 0,
    });
    expect(throttling.refused()).toBeGreaterThan(DOCUMENTS / 4);
    expect(busy).toBeGreaterThan(0);
    expect(await world.differences()).toEqual([]);
  }, 30_000);

  it.each(['BatchExecuteStatement', 'PutItem'])(
    'is repeated when the answer of %s is lost after it took effect, and nothing is written twice',
    async (operation) => {
      await fillTable();
      const lost = new Set<string>();
      const loseFirstAnswer = async (call: DynamoDbCall) => {
        const answer = await call.forward();
        if (call.operation !== operation || lost.has(call.body) || !call.body.includes(world.table))
          return answer;
        lost.add(call.body);
        return UNKNOWN;
      };
      proxy = await openDynamoDbProxy(world.aws.endpoint, loseFirstAnswer);
      const view = await copyThrough(proxy.endpoint);
      expect(lost.size).toBeGreaterThan(1);
      const { read = 0, written = 0, stale = 0, rejected } = (view && countsOf(view)) ?? {};
      expect({ read, done: written + stale, rejected }).toEqual({
        read: DOCUMENTS,
        done: DOCUMENTS,
        rejected: 0,
      });
      expect(await world.differences()).toEqual([]);
    },
    30_000,
  );

  it('of which the table was told nothing is repeated, too', async () => {
    let calls = 0;
    proxy = await openDynamoDbProxy(world.aws.endpoint, async (call) => {
      const isBatch = call.operation === 'BatchExecuteStatement';
      if (isBatch) calls += 1;
      return isBatch && calls % 2 === 1 ? UNKNOWN : call.forward();
    });
    const view = await copyThrough(proxy.endpoint);
    expect(view && countsOf(view)).toEqual({ read: DOCUMENTS, written: DOCUMENTS, stale: 0, rejected: 0 });
    expect(await world.differences()).toEqual([]);
  }, 30_000);
});
