import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../services/core/index.ts';
import { CloudSearchIndex } from '../../../services/search/cloudsearch-index.ts';
import { GuardedSearchIndex } from '../../../services/search/guarded-search-index.ts';
import {
  type UserSearchDocument,
  userSearchDomainFields,
  userSearchFields,
  userSearchRanking,
} from '../../../services/search/user-search-document.ts';
import { DynamoDbVersionGuard } from '../../../services/store/dynamodb-version-guard.ts';
import { describeVersionedStore } from '../../contract/versioned-store-contract.ts';
import { freshCloudSearch } from '../../support/cloudsearch.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { hurriedClock } from '../../support/hurried-clock.ts';

const dynamodb = new DynamoDBClient(freshAws());
let domain: Awaited<ReturnType<typeof freshCloudSearch>>;

beforeAll(async () => {
  domain = await freshCloudSearch(userSearchDomainFields);
});
afterAll(async () => {
  await domain.stop();
  dynamodb.destroy();
});

const freshStore = async (clock = hurriedClock(20)) => {
  const table = await createTable(dynamodb, { partition: 'key' });
  const guard = new DynamoDbVersionGuard({ client: dynamodb, table, clock });
  const index = new CloudSearchIndex<UserSearchDocument>({
    documents: domain,
    searches: domain,
    fields: userSearchFields,
    ranking: userSearchRanking,
  });
  return { store: new GuardedSearchIndex({ index, guard, clock }) };
};
const user = (n: number): UserSearchDocument => ({
  username: `user.${n}`,
  first_name: `First ${n}`,
  last_name: 'Last',
  followers: n % 5_000,
});

describeVersionedStore<UserSearchDocument>('CloudSearch behind a guard in DynamoDB', freshStore, {
  state: user,
  unstorable: { username: 'bad\u0001', first_name: 'x', last_name: 'y', followers: 0 },
  answersTombstones: true,
  repeated: 'stale',
  histories: 4,
});

describe('GuardedSearchIndex over CloudSearch and DynamoDB', () => {
  it('claims and releases thousands of records in batches, not one by one', async () => {
    const { store } = await freshStore(systemClock);
    const records = Array.from({ length: 2_000 }, (_, n) => ({
      key: `bulk-${n}`,
      version: 1,
      state: user(n),
    }));
    let requests = 0;
    dynamodb.middlewareStack.add(
      (next) => (args) => {
        requests += 1;
        return next(args);
      },
      { step: 'initialize', name: 'count' },
    );
    const outcomes = await store.putIfNewer(records);
    dynamodb.middlewareStack.remove('count');
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(2_000);
    expect(requests).toBeLessThan(records.length / 10);
    expect(requests).toBeGreaterThan(0);
  });
});
