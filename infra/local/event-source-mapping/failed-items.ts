/**
 * What a function's answer says of its batch: nothing failed, everything did, or everything from the record at
 * `from` on has to be retried.
 */
export type ReportedFailure = 'none' | 'all' | { readonly from: number };

/**
 * Reads `batchItemFailures` out of an answer. An empty or null answer or list is a success; several identifiers
 * mean the lowest; an identifier that is empty, null, misnamed or not of this batch fails the whole batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 *
 * @param sequenceNumbers the batch's, in its order, which is that of the sequence numbers.
 */
export const reportedFailure = (answer: unknown, sequenceNumbers: readonly string[]): ReportedFailure => {
  if (typeof answer !== 'object' || answer === null) return 'none';
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null) return 'none';
  if (!Array.isArray(failures)) return 'all';
  const failed = failures.map((failure: { itemIdentifier?: unknown } | null) =>
    sequenceNumbers.indexOf(String(failure?.itemIdentifier ?? '')),
  );
  if (failed.length === 0) return 'none';
  const from = Math.min(...failed);
  return from < 0 ? 'all' : { from };
};
