import { createRequire } from 'node:module';
import type { Client } from '@opensearch-project/opensearch';

export interface OpenSearchClientOptions {
  /** Required. The cluster's address; a name and a password may stand in it. */
  readonly url: string;
  /** Optional: requests are not signed. The region of an Amazon domain that wants them signed for IAM. */
  readonly iamRegion?: string | undefined;
}

// A sixth of a second to load, and most commands have nothing to do with OpenSearch.
const load = createRequire(import.meta.url);

/** A client; it signs with the credentials that the AWS SDK finds by itself. */
export const openSearchClient = ({ url, iamRegion }: OpenSearchClientOptions): Client => {
  const opensearch = load(
    '@opensearch-project/opensearch',
  ) as typeof import('@opensearch-project/opensearch');
  return new opensearch.Client({ node: url, ...(iamRegion ? signing(iamRegion) : {}) });
};

const signing = (region: string) => {
  const { AwsSigv4Signer } = load(
    '@opensearch-project/opensearch/aws-v3',
  ) as typeof import('@opensearch-project/opensearch/aws-v3');
  const { defaultProvider } = load(
    '@aws-sdk/credential-provider-node',
  ) as typeof import('@aws-sdk/credential-provider-node');
  return AwsSigv4Signer({ region, getCredentials: defaultProvider() });
};
