import { CloudSearchDomainClient } from '@aws-sdk/client-cloudsearch-domain';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../services/core/index.ts';
import { userEntity } from '../../services/profiles/user-entity.ts';
import { CloudSearchIndex } from '../../services/search/cloudsearch-index.ts';
import { GuardedSearchIndex } from '../../services/search/guarded-search-index.ts';
import {
  toSearchDocument,
  type UserSearchDocument,
  userSearchFields,
  userSearchRanking,
} from '../../services/search/user-search-document.ts';
import { DynamoDbVersionGuard } from '../../services/store/dynamodb-version-guard.ts';
import type { OpenSink, PlanInput } from '../moves/plan.ts';

export interface UsersToSearchOptions {
  readonly documentEndpoint: string;
  readonly searchEndpoint: string;
  readonly guardTable: string;
}

/** CloudSearch wants few and large batches: about one in ten seconds, of up to 5 MB. */
const DOCUMENTS_PER_BATCH = 2_000;

/** Users into the search index: copied first, then replayed from the stream, since the index has no conditions. */
export const usersToSearch = (options: UsersToSearchOptions): PlanInput => ({
  entity: userEntity,
  slice: 'entity',
  transform: toSearchDocument,
  protocol: 'copy-then-replay',
  consumer: { stack: 'BanyanSearch', startParameter: 'StartingPositionTimestamp' },
  consumerName: 'index-users',
  openSink: () => openSearch(options),
  batchSize: DOCUMENTS_PER_BATCH,
  partitions: 16,
  concurrency: 2,
});

const openSearch = (options: UsersToSearchOptions): OpenSink<UserSearchDocument> => {
  const { documentEndpoint, searchEndpoint, guardTable: table } = options;
  const documents = new CloudSearchDomainClient({ endpoint: documentEndpoint });
  const searches = new CloudSearchDomainClient({ endpoint: searchEndpoint });
  const client = new DynamoDBClient({});
  const index = new CloudSearchIndex<UserSearchDocument>({
    documents: { client: documents, endpoint: documentEndpoint },
    searches: { client: searches, endpoint: searchEndpoint },
    fields: userSearchFields,
    ranking: userSearchRanking,
  });
  const guard = new DynamoDbVersionGuard({ client, table, clock: systemClock });
  return {
    store: new GuardedSearchIndex({
      index,
      guard,
      clock: systemClock,
      recordsPerUpload: DOCUMENTS_PER_BATCH,
    }),
    close: async () => {
      for (const one of [documents, searches, client]) one.destroy();
    },
  };
};
