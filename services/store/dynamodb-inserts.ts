import {
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type BatchStatementResponse,
} from '@aws-sdk/client-dynamodb';
import { BanyanError } from '../core/index.ts';
import type { Item } from './dynamodb-item.ts';
import type { DynamoDbTable } from './dynamodb-table.ts';

/** What BatchExecuteStatement takes at once. */
export const STATEMENTS_PER_CALL = 25;

const PLAIN_NAME = /^\w+$/;
const MAX_STATEMENT_LENGTH = 8_192;
const LATER = new Set([
  'InternalServerError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'ThrottlingError',
]);

/**
 * Inserts up to 25 items of different keys in one call, each only where its key has none. Answers per item
 * whether it was inserted; one that was not (the key exists, or the statement was refused for any other
 * lasting reason) has to be put under the version condition, which then decides.
 */
export const insertAbsent = async (table: DynamoDbTable, items: readonly Item[]): Promise<boolean[]> => {
  const inserted = items.map(() => false);
  let pending = items.map((item, at) => ({ at, statement: insertOf(table.name, item) }));
  pending = pending.filter(({ statement }) => statement !== undefined);
  await table.call(async (client) => {
    if (pending.length === 0) return;
    const Statements = pending.flatMap(({ statement }) => statement ?? []);
    const { Responses = [] } = await client.send(new BatchExecuteStatementCommand({ Statements }));
    const codes = pending.map(({ at }, n) => ({ at, code: codeOf(Responses[n]) }));
    for (const { at, code } of codes) inserted[at] = code === undefined;
    const later = new Set(codes.filter(({ code }) => code && LATER.has(code)).map(({ at }) => at));
    pending = pending.filter(({ at }) => later.has(at));
    if (pending.length === 0) return;
    const message = `DynamoDB table ${table.name} was too busy for ${pending.length} insert(s)`;
    throw new BanyanError('dynamodb-busy', message, { retryable: true });
  });
  return inserted;
};

const codeOf = (response: BatchStatementResponse | undefined): string | undefined => {
  if (!response) return 'NoAnswer';
  return response.Error && (response.Error.Code ?? 'NoCode');
};

/** `undefined` for an item whose names or number of fields do not fit a statement. */
const insertOf = (table: string, item: Item): BatchStatementRequest | undefined => {
  const names = Object.keys(item);
  if (!names.every((name) => PLAIN_NAME.test(name))) return undefined;
  const Statement = `INSERT INTO "${table}" VALUE {${names.map((name) => `'${name}': ?`).join(', ')}}`;
  return Statement.length > MAX_STATEMENT_LENGTH ? undefined : { Statement, Parameters: Object.values(item) };
};
