import { appendFileSync, existsSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoDbCapacity } from '../../migrations/backfill/sinks/dynamodb-capacity.ts';
import { defineConfig, type Environment } from '../../migrations/cli/config.ts';
import type { OpenSink, SinkRequest } from '../../migrations/moves/plan.ts';
import { type EntityDefinition, RejectError, systemClock } from '../../services/core/index.ts';
import { DynamoDbStore } from '../../services/store/dynamodb-store.ts';

export const thingEntity: EntityDefinition = {
  name: 'thing',
  collection: 'things',
  stream: 'things',
  slices: {},
};

const PUTS_LOG = 'THINGS_PUTS_LOG';
const KILL_ONCE_EXISTS = 'THINGS_KILL_ONCE_EXISTS';
const PUT_MS = 'THINGS_PUT_MS';
/** A plan that opens its own table whatever it is asked for; `nameless`: and does not say which. */
const DEAF = 'THINGS_DEAF';
/** A transform that was changed since. */
const SHOUTING = 'THINGS_SHOUTING';
const MOSTLY_ABSENT = 'THINGS_MOSTLY_ABSENT';

/**
 * A plan for tests that run the command line as a process: it logs every put that the table acknowledged, and
 * dies, once a file exists, right after one and before it can be part of a checkpoint.
 */
const openThings = (env: Environment, { onBusy, into }: SinkRequest): OpenSink => {
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const table = (env[DEAF] ? undefined : into) ?? env.THINGS_TABLE ?? '';
  const mostlyAbsent = env[MOSTLY_ABSENT] !== undefined;
  const store = new DynamoDbStore({ client, table, clock: systemClock, mostlyAbsent, onBusy });
  return {
    ...(env[DEAF] === 'nameless' ? {} : { name: table }),
    store: {
      get: (keys) => store.get(keys),
      scan: () => store.scan(),
      putIfNewer: async (records) => {
        await systemClock.sleep(Number(env[PUT_MS] ?? 0));
        const outcomes = await store.putIfNewer(records);
        const log = env[PUTS_LOG];
        if (log) appendFileSync(log, `${JSON.stringify(records.map(({ key }) => key))}\n`);
        if (existsSync(env[KILL_ONCE_EXISTS] ?? '')) process.kill(process.pid, 'SIGKILL');
        return outcomes;
      },
    },
    check: (record) => store.check(record),
    capacity: () => dynamoDbCapacity({ client, table }),
    close: async () => client.destroy(),
  };
};

export default defineConfig((env) => ({
  source: { uri: env.MONGODB_URI ?? '', database: env.MONGODB_DATABASE ?? '' },
  controlTable: env.BANYAN_CONTROL_TABLE ?? '',
  streams: { things: 'things' },
  quarantine: env.THINGS_QUARANTINE_BUCKET
    ? { bucket: env.THINGS_QUARANTINE_BUCKET, queue: env.THINGS_QUARANTINE_QUEUE }
    : { folder: env.THINGS_QUARANTINE ?? '' },
  backfillMachine: env.THINGS_MACHINE_STACK ? { stack: env.THINGS_MACHINE_STACK } : undefined,
  plans: {
    things: {
      entity: thingEntity,
      transform: ({ name }) => {
        if (typeof name !== 'string') throw new RejectError('the name is no text');
        return { name: env[SHOUTING] ? name.toUpperCase() : name };
      },
      protocol: 'concurrent',
      consumerName: 'project-things',
      openSink: (request) => openThings(env, request),
      batchSize: 10,
      partitions: 4,
      concurrency: 2,
      batchesAtOnce: { floor: 1, ceiling: Number(env.THINGS_BATCHES_AT_ONCE ?? 16) },
    },
  },
  proxy: { control: { url: 'http://127.0.0.1:1' }, routes: {} },
  admin: { tokens: env.BANYAN_ADMIN_TOKENS },
}));
