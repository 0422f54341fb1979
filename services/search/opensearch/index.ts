/* What speaks to OpenSearch, apart from `services/search/index.ts`. */
export { OpenSearchIndex, type OpenSearchIndexOptions } from '../opensearch-index.ts';
export type {
  OpenSearchDefinition,
  OpenSearchProperties,
  OpenSearchProperty,
} from '../opensearch-mapping.ts';
export type { OpenSearchClient, OpenSearchEndpoint } from '../opensearch-requests.ts';
export { OpenSearchSearches, type OpenSearchSearchesOptions } from '../opensearch-searches.ts';
