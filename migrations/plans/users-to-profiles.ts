import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../services/core/index.ts';
import { PROFILES_SLICE, type Profile, toProfile } from '../../services/profiles/profile.ts';
import { userEntity } from '../../services/profiles/user-entity.ts';
import { DynamoDbStore } from '../../services/store/dynamodb-store.ts';
import { dynamoDbCapacity } from '../backfill/sinks/dynamodb-capacity.ts';
import type { OpenSink, PlanInput } from '../moves/plan.ts';

export interface UsersToProfilesOptions {
  readonly table: string;
}

/** Users into the profiles table, at the same time as the stream: the table's conditions let the newest win. */
export const usersToProfiles = (options: UsersToProfilesOptions): PlanInput => ({
  entity: userEntity,
  slice: PROFILES_SLICE,
  transform: toProfile,
  protocol: 'concurrent',
  consumer: { stack: 'BanyanProfiles', startParameter: 'StartingPositionTimestamp' },
  consumerName: 'project-profile',
  fields: ['username', 'firstName', 'lastName', 'bio', 'avatarUrl'],
  openSink: ({ onBusy, into = options.table }) => openProfiles(into, onBusy),
  batchSize: 500,
  partitions: 16,
  concurrency: 4,
});

const openProfiles = (table: string, onBusy: () => void): OpenSink<Profile> => {
  // The store repeats what was throttled, and tells the copy of it; the client would do so silently.
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const store = new DynamoDbStore<Profile>({ client, table, clock: systemClock, mostlyAbsent: true, onBusy });
  return {
    name: table,
    store,
    check: (record) => store.check(record),
    capacity: () => dynamoDbCapacity({ client, table }),
    close: async () => client.destroy(),
  };
};
