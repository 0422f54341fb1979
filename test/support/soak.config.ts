import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { defineConfig, type Environment } from '../../migrations/cli/config.ts';
import type { OpenSink, SinkSignals } from '../../migrations/moves/plan.ts';
import { systemClock } from '../../services/core/index.ts';
import { itemOf } from '../../services/store/dynamodb-item.ts';
import { DEFAULT_TOMBSTONE_TTL_MS, DynamoDbStore } from '../../services/store/dynamodb-store.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import { thingEntity } from './things.config.ts';

/** What the soak copies, and how somebody would spoil it (`SOAK_MUTANT`), which the soak has to find out. */
const openThings = (env: Environment, { onBusy }: SinkSignals): OpenSink => {
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const table = env.SOAK_TABLE ?? '';
  const store = new DynamoDbStore({ client, table, clock: systemClock, mostlyAbsent: true, onBusy });
  const spoilt: { readonly [mutant: string]: VersionedStore['putIfNewer'] } = {
    unconditional: async (records) => {
      const options = { nowMs: systemClock.nowMs(), tombstoneTtlMs: DEFAULT_TOMBSTONE_TTL_MS };
      for (const record of records) {
        await client.send(new PutItemCommand({ TableName: table, Item: itemOf(record, options) }));
      }
      return records.map(() => 'written');
    },
    forgetful: async (records) => {
      await store.putIfNewer(records.filter(({ key }) => key !== 'untouched'));
      return records.map(() => 'written');
    },
  };
  const putIfNewer = spoilt[env.SOAK_MUTANT ?? ''] ?? ((records) => store.putIfNewer(records));
  return {
    store: { get: (keys) => store.get(keys), scan: () => store.scan(), putIfNewer },
    check: (record) => store.check(record),
    close: async () => client.destroy(),
  };
};

export default defineConfig((env) => ({
  source: { uri: env.MONGODB_URI ?? '', database: env.MONGODB_DATABASE ?? '' },
  controlTable: env.BANYAN_CONTROL_TABLE ?? '',
  streams: { things: env.SOAK_STREAM ?? '' },
  quarantine: { folder: env.SOAK_QUARANTINE ?? '' },
  plans: {
    things: {
      entity: thingEntity,
      transform: ({ name, size }) => ({ name, size }),
      fields: ['name', 'size'],
      protocol: 'concurrent',
      consumerName: 'project-things',
      openSink: (signals) => openThings(env, signals),
      batchSize: 250,
      // A killed process leaves two for ten seconds, and the next one has others to go on with.
      partitions: 32,
      concurrency: 4,
    },
  },
}));
