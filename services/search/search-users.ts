import { Logger } from '@aws-lambda-powertools/logger';
import { CloudSearchDomainClient } from '@aws-sdk/client-cloudsearch-domain';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { BanyanError } from '../core/errors.ts';
import { CloudSearchSearches } from './cloudsearch-searches.ts';
import { answerUserSearch, errorResponse } from './user-search-api.ts';
import { type UserSearchDocument, userSearchFields, userSearchRanking } from './user-search-document.ts';

const environment = z
  .object({ CLOUDSEARCH_SEARCH_ENDPOINT: z.url({ protocol: /^https?$/ }) })
  .parse(process.env);
const endpoint = environment.CLOUDSEARCH_SEARCH_ENDPOINT;

const logger = new Logger();
const index = new CloudSearchSearches<UserSearchDocument>({
  // A search that failed twice is the control's to answer.
  client: new CloudSearchDomainClient({ endpoint, maxAttempts: 2 }),
  endpoint,
  format: { fields: userSearchFields, exactField: userSearchRanking.exactField },
  ranking: userSearchRanking,
});

/** `POST /?query=…` of the search API. Logs a line a request, without what was searched for. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const startedMs = performance.now();
  try {
    const answer = await answerUserSearch(event.queryStringParameters, index);
    logger.info('searched', { status: answer.statusCode, ms: Math.round(performance.now() - startedMs) });
    return answer;
  } catch (thrown) {
    if (!(thrown instanceof BanyanError && thrown.retryable)) throw thrown;
    logger.error('search is unavailable', thrown);
    return errorResponse(503, 'unavailable', 'search does not answer; try again');
  }
};
