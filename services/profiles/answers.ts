import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { MongoNetworkError, MongoServerSelectionError } from 'mongodb';
import { BanyanError } from '../core/index.ts';
import { Refusal } from './refusal.ts';

export type Answer = APIGatewayProxyStructuredResultV2;

export const jsonAnswer = (statusCode: number, body: unknown): Answer => ({
  statusCode,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
});

/** What was thrown, as `{ error: { code, message } }`, as the monolith answers it; faults of ours are not shown. */
export const errorAnswer = (thrown: unknown): Answer => {
  const { status, code, message } = refusalOf(thrown);
  const answer = jsonAnswer(status, { error: { code, message } });
  return status === 401
    ? { ...answer, headers: { ...answer.headers, 'www-authenticate': 'Bearer' } }
    : answer;
};

const refusalOf = (thrown: unknown): Refusal => {
  if (thrown instanceof Refusal) return thrown;
  if (engineIsAway(thrown)) return new Refusal(503, 'unavailable', 'try again in a moment');
  return new Refusal(500, 'internal', 'something went wrong on our side');
};

const engineIsAway = (thrown: unknown): boolean =>
  thrown instanceof MongoNetworkError ||
  thrown instanceof MongoServerSelectionError ||
  (thrown instanceof BanyanError && thrown.retryable);
