import type { WatchedChange, WatchedRow, WatchedWrite } from './watched-change.ts';

/**
 * Why a write counts as unexplained: it was in no transaction; its transaction has no row of its key; or it has
 * one, but of another state than the transaction left (it wrote the document once more, past the outbox).
 */
export type UnexplainedReason = 'no-transaction' | 'no-row' | 'other-state';

/** A write of an entity that no event tells of (law 5). */
export interface UnexplainedWrite extends Omit<WatchedWrite, 'kind' | 'version'> {
  /** Why no row explains it. */
  readonly reason: UnexplainedReason;
}

/**
 * Finds what no outbox row of the same commit explains: by key, and by the version that the row's event
 * carries, which is the one that the write has set. `streams` maps the collections to their logical streams.
 */
export const findUnexplained = (
  commit: readonly WatchedChange[],
  streams: ReadonlyMap<string, string>,
): UnexplainedWrite[] => {
  const rows = new Map<string, WatchedRow[]>();
  for (const change of commit) {
    if (change.kind !== 'row') continue;
    const name = `${change.stream}\0${change.key}`;
    rows.set(name, [...(rows.get(name) ?? []), change]);
  }
  return commit
    .filter((change) => change.kind === 'write')
    .flatMap((write) => {
      const candidates = rows.get(`${streams.get(write.collection)}\0${write.key}`) ?? [];
      const reason = reasonOf(write, candidates);
      if (reason === undefined) return [];
      const { kind: _, version: __, ...found } = write;
      return [{ ...found, reason }];
    });
};

const reasonOf = (write: WatchedWrite, rows: readonly WatchedRow[]): UnexplainedReason | undefined => {
  if (write.transaction === undefined) return 'no-transaction';
  if (rows.length === 0) return 'no-row';
  return rows.some((row) => explains(row, write)) ? undefined : 'other-state';
};

/** A delete leaves no version to compare; the tombstone's is the floor. */
const explains = (row: WatchedRow, write: WatchedWrite): boolean =>
  write.operation === 'delete'
    ? row.deleted
    : !row.deleted && write.version !== undefined && row.version === write.version;
