import type { Document } from 'mongodb';
import { UsageError } from '../../../services/core/index.ts';
import type { Partition, Position } from '../source.ts';
import { ID_BRACKETS, type IdBracket } from './id-brackets.ts';
import { idOfJson } from './id-json.ts';

/** What is left of a partition after a position, or all of it. @throws UsageError when its type is unknown. */
export const rangeOf = (partition: Partition, after: Position | null): Document => {
  const bracket = ID_BRACKETS.find(({ name }) => name === partition.bsonType);
  if (!bracket) throw new UsageError(`partition ${partition.id} is of no known type: ${partition.bsonType}`);
  return rangeFilter(bracket, { from: partition.from, to: partition.to, after });
};

/** The bracket's own filter stays beside the bounds: an exclusive bound alone would match its whole bracket. */
export const rangeFilter = (
  bracket: IdBracket,
  range: { from: string | null; to?: string | null; after?: string | null },
): Document => {
  const bounds = [
    ...(range.from ? [{ $gte: idOfJson(range.from) }] : []),
    ...(range.to ? [{ $lt: idOfJson(range.to) }] : []),
    ...(range.after ? [{ $gt: idOfJson(range.after) }] : []),
  ];
  return { $and: [bracket.filter, ...bounds].map((condition) => ({ _id: condition })) };
};
