import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import type { SearchIndex } from './search-index.ts';
import { toFoundUser, type UserSearchDocument } from './user-search-document.ts';

const CONTROL_CHARACTER = /\p{Cc}/u;

/** The same limits as the monolith's search. */
const requestSchema = z.object({
  query: z
    .string('is required')
    .trim()
    .min(1, 'is required')
    .max(80, 'has at most 80 characters')
    .refine((text) => text.isWellFormed() && !CONTROL_CHARACTER.test(text), 'has a control character'),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});

type Parameters = APIGatewayProxyEventV2['queryStringParameters'];

/**
 * Answers `POST /?query=…&limit=…` with `{ users }`, best first; 400 for a query that is missing, too long or
 * holds control characters. Nothing of the query is repeated in an answer.
 * @throws BanyanError when the index does not answer.
 */
export const answerUserSearch = async (
  parameters: Parameters,
  index: Pick<SearchIndex<UserSearchDocument>, 'search'>,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const request = requestSchema.safeParse(parameters ?? {});
  if (!request.success) {
    const problems = request.error.issues.map(
      ({ path, message }) => `${['query', ...path].join('.')}: ${message}`,
    );
    return errorResponse(400, 'invalid', problems.join('; '));
  }
  const { query, limit } = request.data;
  const hits = await index.search({ text: query, limit });
  return jsonResponse(200, { users: hits.map(toFoundUser) });
};

/** Errors look the same on both sides. */
export const errorResponse = (statusCode: number, code: string, message: string) =>
  jsonResponse(statusCode, { error: { code, message } });

const jsonResponse = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
});
