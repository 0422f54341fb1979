import { CloudSearchDomainClient } from '@aws-sdk/client-cloudsearch-domain';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../services/core/index.ts';
import { userEntity } from '../../services/profiles/user-entity.ts';
import { CloudSearchIndex } from '../../services/search/cloudsearch-index.ts';
import { GuardedSearchIndex } from '../../services/search/guarded-search-index.ts';
import { OpenSearchIndex } from '../../services/search/opensearch-index.ts';
import {
  toSearchDocument,
  type UserSearchDocument,
  userSearchFields,
  userSearchRanking,
} from '../../services/search/user-search-document.ts';
import { userSearchProperties } from '../../services/search/user-search-properties.ts';
import { DynamoDbVersionGuard } from '../../services/store/dynamodb-version-guard.ts';
import type { OpenSink, PlanInput } from '../moves/plan.ts';
import { type OpenSearchClientOptions, openSearchClient } from './opensearch-client.ts';

export interface UsersToCloudSearchOptions {
  readonly documentEndpoint: string;
  readonly searchEndpoint: string;
  readonly guardTable: string;
}

export interface UsersToOpenSearchOptions extends OpenSearchClientOptions {
  /** Required. The index that is filled; made with the first write. */
  readonly index: string;
  /** Required. The alias that searches go through. */
  readonly alias: string;
}

/** CloudSearch wants few and large batches: about one in ten seconds, of up to 5 MB. */
const DOCUMENTS_PER_BATCH = 2_000;
const MAX_BATCH_BYTES = 5_000_000;
const BATCHES_PER_SECOND = 0.1;
/** Of a bulk request. */
const DOCUMENTS_PER_BULK = 1_000;

/** Users into the search index: CloudSearch, or OpenSearch where its address is given. */
export const usersToSearch = (options: UsersToCloudSearchOptions | UsersToOpenSearchOptions): PlanInput =>
  'url' in options ? usersToOpenSearch(options) : usersToCloudSearch(options);

/** Copied first, then replayed from the stream, since the index has no conditions. */
const usersToCloudSearch = (options: UsersToCloudSearchOptions): PlanInput => ({
  entity: userEntity,
  slice: 'entity',
  transform: toSearchDocument,
  protocol: 'copy-then-replay',
  consumer: { stack: 'BanyanSearch', startParameter: 'StartingPositionTimestamp' },
  consumerName: 'index-users',
  openSink: () => openCloudSearch(options),
  batchSize: DOCUMENTS_PER_BATCH,
  partitions: 16,
  concurrency: 2,
});

/** At the same time as the stream: the index's own conditions let the newest win. Its consumer is deployed apart. */
const usersToOpenSearch = (options: UsersToOpenSearchOptions): PlanInput => ({
  entity: userEntity,
  slice: 'entity',
  transform: toSearchDocument,
  protocol: 'concurrent',
  openSink: ({ onBusy, into = options.index }) => openOpenSearch({ ...options, index: into }, onBusy),
  batchSize: DOCUMENTS_PER_BULK,
  partitions: 16,
  concurrency: 4,
});

const openCloudSearch = (options: UsersToCloudSearchOptions): OpenSink<UserSearchDocument> => {
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
    capacity: async () => ({
      unit: 'batches',
      documentsPerBatch: DOCUMENTS_PER_BATCH,
      bytesPerBatch: MAX_BATCH_BYTES,
      unitsPerSecond: BATCHES_PER_SECOND,
      limit: 'the batches that CloudSearch takes',
    }),
    close: async () => {
      for (const one of [documents, searches, client]) one.destroy();
    },
  };
};

const openOpenSearch = async (
  options: UsersToOpenSearchOptions,
  onBusy: () => void,
): Promise<OpenSink<UserSearchDocument>> => {
  const client = await openSearchClient(options);
  const index = new OpenSearchIndex<UserSearchDocument>({
    client,
    // A password in it is nothing for messages.
    endpoint: new URL(options.url).origin,
    index: options.index,
    alias: options.alias,
    properties: userSearchProperties,
    ranking: userSearchRanking,
    clock: systemClock,
    onBusy,
  });
  return {
    name: options.index,
    store: index,
    capacity: async () => ({
      unit: 'batches',
      documentsPerBatch: DOCUMENTS_PER_BULK,
      limit: 'nothing that OpenSearch says beforehand',
    }),
    publish: () => index.publish(),
    purgeTombstones: (olderThanMs) => index.purgeTombstones(olderThanMs),
    close: () => client.close(),
  };
};
