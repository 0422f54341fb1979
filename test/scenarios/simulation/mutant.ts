/** A known-bad variant of the protocols: what somebody would build who had not thought of one thing. */
export interface Mutant {
  readonly name: MutantName;
  /** What is wrong with it, in a few words. */
  readonly story: string;
  /** What it is seen without: a second net that would catch what it drops, until that net fails, too. */
  readonly without?: 'sweeper';
}

export const MUTANTS = [
  { name: 'dual-write', story: 'publishes beside the transaction instead of from an outbox' },
  { name: 'resend-only-failed', story: 'resends what failed while later records of its key go ahead' },
  { name: 'cursor-by-id', story: 'follows the outbox by `_id`', without: 'sweeper' },
  { name: 'token-before-acknowledgement', story: 'saves the token of what it has read', without: 'sweeper' },
  { name: 'latest', story: 'starts the mapping at LATEST instead of AT_TIMESTAMP' },
  { name: 'highest-failure', story: 'reports the highest failure of a batch instead of the lowest' },
  { name: 'no-key-order', story: 'handles the records of a shard in parallel, whatever their keys' },
  { name: 'no-tombstone', story: 'deletes without a tombstone' },
  { name: 'wall-clock-version', story: 'versions by the wall clock alone' },
  { name: 'acknowledge-by-range', story: 'acknowledges every row up to the last one that was sent' },
  { name: 'no-floor', story: 'creates a deleted document again without its floor' },
  { name: 'token-inside-transaction', story: 'saves tokens inside a transaction that it captures' },
  { name: 'token-without-lease', story: 'saves the token of a leader whose lease has gone' },
  { name: 'no-guard', story: 'writes to a sink without conditions, unguarded' },
  { name: 'no-busy-until', story: 'guards by version alone, not by busyUntil' },
  { name: 'version-after-read', story: 'copies with a version that is taken after the read' },
  { name: 'unconditional-copy', story: 'copies whatever the sink holds already' },
  { name: 'cursor-by-completions', story: 'saves how many documents it copied, not which' },
  { name: 'bounds-recomputed', story: 'computes the partitions anew when a copy is resumed' },
  { name: 'ids-across-types', story: 'copies by `_id > last` over ids of several types' },
  { name: 'reject-dropped', story: 'copies on without a document that it could not transform' },
  { name: 'read-uncommitted', story: 'copies what no majority has committed' },
  { name: 'retry-trusts-reject', story: 'retries a rejected document as it was read' },
  { name: 'replay-trusts-record', story: 'replays a quarantined record instead of reading its key again' },
] as const satisfies readonly { name: string; story: string; without?: 'sweeper' }[];

export type MutantName = (typeof MUTANTS)[number]['name'];
