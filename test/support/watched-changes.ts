import type { WatchedRow, WatchedWrite } from '../../services/outbox/unexplained/watched-change.ts';

/** A change of `users` in the transaction `x`, as the watch sees it. */
export const watchedWrite = (given: Partial<WatchedWrite>): WatchedWrite => ({
  kind: 'write',
  id: `${given.collection ?? 'users'} ${given.key} ${given.clusterTime?.i ?? 1}`,
  collection: 'users',
  key: 'a',
  operation: 'update',
  version: 1,
  atMs: 1_700_000_000_000,
  clusterTime: { t: 1_700_000_000, i: 1 },
  transaction: 'x',
  ...given,
});

/** An outbox row of the stream `users` in the transaction `x`. */
export const watchedRow = (given: Partial<WatchedRow>): WatchedRow => ({
  kind: 'row',
  stream: 'users',
  key: 'a',
  version: 1,
  deleted: false,
  clusterTime: { t: 1_700_000_000, i: 1 },
  transaction: 'x',
  ...given,
});
