import { writeFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { defineConfig } from '../../../migrations/cli/config.ts';
import { pick, systemClock } from '../../../services/core/index.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';
import type { CopyUse } from './run-copy.ts';

const FIELDS = ['username', 'firstName', 'lastName', 'bio', 'avatarUrl'] as const;

/** The plans of a copy that the bench measures as the whole command: it leaves what its process used. */
export default defineConfig((env) => {
  process.once('exit', () => {
    const { user, system } = process.cpuUsage();
    const use: CopyUse = {
      cpuMs: (user + system) / 1_000,
      peakRssMb: process.resourceUsage().maxRSS / 1_024,
    };
    writeFileSync(env.BENCH_USE ?? '', JSON.stringify(use));
  });
  const plan = {
    entity: { name: 'user', collection: 'users', stream: 'users', slices: {} },
    protocol: 'concurrent' as const,
    openSink: () => {
      const client = new DynamoDBClient({ endpoint: env.BENCH_SINK ?? '', maxAttempts: 1 });
      const store = new DynamoDbStore({ client, table: 'bench', clock: systemClock, mostlyAbsent: true });
      return { store, close: async () => client.destroy() };
    },
  };
  return {
    source: { uri: env.MONGODB_URI ?? '', database: env.MONGODB_DATABASE ?? '' },
    controlTable: env.BENCH_CONTROL_TABLE ?? '',
    quarantine: { folder: `${env.BENCH_USE}.quarantine` },
    streams: {},
    plans: {
      pick: { ...plan, transform: pick(...FIELDS) },
      function: {
        ...plan,
        transform: ({ username, firstName, lastName, bio, avatarUrl }) => ({
          username,
          firstName,
          lastName,
          bio,
          avatarUrl,
        }),
      },
    },
  };
});
