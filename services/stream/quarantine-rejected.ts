import type { KinesisStreamRecord } from 'aws-lambda';
import type { Clock } from '../core/index.ts';
import { arrivedAtMs, dataOf, type Rejected } from './decode-batch.ts';
import type { Quarantine, QuarantineEntry } from './quarantine.ts';

/** How many were quarantined, in their order, and what stopped it. */
export interface Quarantined {
  readonly count: number;
  readonly failure?: { readonly record: KinesisStreamRecord; readonly cause: unknown };
}

/** Puts what can never be applied into quarantine, whole; stops at the first that the quarantine does not take. */
export const quarantineRejected = async (
  rejected: readonly Rejected[],
  options: { name: string; quarantine: Quarantine; clock: Clock },
): Promise<Quarantined> => {
  for (const [count, one] of rejected.entries()) {
    try {
      await options.quarantine.put(entryOf(one, options.name, options.clock.nowMs()));
    } catch (cause) {
      return { count, failure: { record: one.origin.record, cause } };
    }
  }
  return { count: rejected.length };
};

/** The id is the same on every retry: when it arrived, its shard and sequence number, which of its events. */
const entryOf = ({ origin, reason }: Rejected, source: string, nowMs: number): QuarantineEntry => {
  const { record, index, key } = origin;
  const arrived = String(arrivedAtMs(record)).padStart(15, '0');
  return {
    id: `${arrived}-${record.eventID.replace(':', '-')}-${index}`,
    source,
    ...(key === undefined ? {} : { key }),
    reason: reason.message,
    atMs: nowMs,
    body: dataOf(record),
  };
};
