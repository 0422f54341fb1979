import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../services/core/index.ts';
import { PROFILES_SLICE, type Profile, toProfile } from '../../services/profiles/profile.ts';
import { userEntity } from '../../services/profiles/user-entity.ts';
import { DynamoDbStore } from '../../services/store/dynamodb-store.ts';
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
  openSink: () => openProfiles(options),
  batchSize: 500,
  partitions: 16,
  concurrency: 4,
});

const openProfiles = ({ table }: UsersToProfilesOptions): OpenSink<Profile> => {
  const client = new DynamoDBClient({});
  return {
    store: new DynamoDbStore({ client, table, clock: systemClock, mostlyAbsent: true }),
    close: async () => client.destroy(),
  };
};
