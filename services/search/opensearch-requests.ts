import type { Client } from '@opensearch-project/opensearch';
import { explainOpenSearchError } from './opensearch-errors.ts';

/** The part of the client that is used: every request goes through it. */
export type OpenSearchClient = Pick<Client, 'transport'>;

/** An OpenSearch cluster, or a domain of Amazon's: a client for it, and its address. */
export interface OpenSearchEndpoint {
  readonly client: OpenSearchClient;
  /** Required. Its address, for messages; the client has it already. */
  readonly endpoint: string;
}

export interface OpenSearchRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Required. Names in it are encoded already. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string | number | boolean };
  readonly body?: { readonly [field: string]: unknown };
  /** Optional: lines of JSON instead of a body. */
  readonly lines?: string;
}

/**
 * The body of the answer.
 * @throws BanyanError what the cluster or the connection said, in Banyan's words.
 */
export const askOpenSearch = async <T>(
  { client, endpoint }: OpenSearchEndpoint,
  request: OpenSearchRequest,
): Promise<T> => {
  const { method, path, query, body, lines } = request;
  try {
    const answer = await client.transport.request({
      method,
      path,
      ...(query ? { querystring: query } : {}),
      ...(body ? { body } : {}),
      ...(lines === undefined ? {} : { bulkBody: lines }),
    });
    return answer.body as T;
  } catch (thrown) {
    throw explainOpenSearchError(thrown, endpoint);
  }
};
