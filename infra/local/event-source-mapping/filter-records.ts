import { UsageError } from '../../../services/core/index.ts';
import { compilePattern, isObject, type JsonObject } from './filter-pattern.ts';
import type { StreamRecord } from './streams/stream-reader.ts';

/** Whether a record is sent to the function; what is not, is passed over. */
export type RecordFilter = (record: StreamRecord) => boolean;

/**
 * Compiles a mapping's filters: a record that satisfies any of them is sent. `data` is matched as the JSON that
 * the record holds, and a record that holds none is dropped when a filter asks for it.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
 * @throws UsageError for what the API would refuse: a pattern that is not JSON, or a `data` that is not a pattern.
 */
export const compileFilters = (patterns: readonly string[]): RecordFilter => {
  if (patterns.length === 0) return () => true;
  const filters = patterns.map(compileFilter);
  const needsData = filters.some((filter) => filter.needsData);
  return (record) => {
    const data = needsData ? parsedData(record) : undefined;
    const event = {
      partitionKey: record.partitionKey,
      sequenceNumber: record.sequenceNumber,
      approximateArrivalTimestamp: record.arrivedAtMs / 1000,
      kinesisSchemaVersion: '1.0',
      ...(data ? { data } : {}),
    };
    return filters.some((filter) => (data || !filter.needsData) && filter.matches(event));
  };
};

const compileFilter = (
  json: string,
): { readonly needsData: boolean; readonly matches: (event: JsonObject) => boolean } => {
  const pattern = parsedObject(json);
  if (!pattern) throw new UsageError(`a filter pattern is a JSON object, which this is not: ${json}`);
  const needsData = 'data' in pattern;
  if (needsData && !isObject(pattern.data)) {
    throw new UsageError(`the filter pattern for data is a JSON object, which this is not: ${json}`);
  }
  return { needsData, matches: compilePattern(pattern) };
};

const parsedData = (record: StreamRecord): JsonObject | undefined =>
  parsedObject(Buffer.from(record.data).toString('utf8'));

const parsedObject = (json: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
