import { EJSON } from 'bson';
import { messageOf, UsageError } from '../../../services/core/index.ts';

/**
 * Reads a query in extended JSON, and answers it in one form, so that two runs of the same query are the same run.
 * @throws UsageError
 */
export const parseFilter = (text: string): string => {
  const query = parsed(text);
  if (typeof query === 'object' && query !== null && !Array.isArray(query))
    return EJSON.stringify(query, { relaxed: false });
  throw new UsageError(`a filter is a query like {"country":"CH"}, not ${text}`);
};

const parsed = (text: string): unknown => {
  try {
    return EJSON.parse(text);
  } catch (cause) {
    throw new UsageError(`the filter is not extended JSON: ${messageOf(cause)}`, { cause });
  }
};
