import type { Client } from '@opensearch-project/opensearch';

export interface OpenSearchClientOptions {
  /** Required. The cluster's address; a name and a password may stand in it. */
  readonly url: string;
  /** Optional: requests are not signed. The region of an Amazon domain that wants them signed for IAM. */
  readonly iamRegion?: string | undefined;
}

/**
 * A client; it signs with the credentials that the AWS SDK finds by itself. Its library is loaded when it is asked
 * for: that takes a sixth of a second, and most commands have nothing to do with OpenSearch.
 */
export const openSearchClient = async ({ url, iamRegion }: OpenSearchClientOptions): Promise<Client> => {
  const opensearch = await import('@opensearch-project/opensearch');
  return new opensearch.Client({ node: url, ...(iamRegion ? await signing(iamRegion) : {}) });
};

const signing = async (region: string) => {
  const { AwsSigv4Signer } = await import('@opensearch-project/opensearch/aws-v3');
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return AwsSigv4Signer({ region, getCredentials: defaultProvider() });
};
