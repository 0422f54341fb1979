import type { OpenSearchProperties } from './opensearch-mapping.ts';

/** The fields of a user's search document in OpenSearch. */
export const userSearchProperties: OpenSearchProperties = {
  username: { type: 'text' },
  first_name: { type: 'text' },
  last_name: { type: 'text' },
  followers: { type: 'long' },
};
