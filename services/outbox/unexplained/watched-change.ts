import type { Version } from '../../core/index.ts';
import type { PlacedChange } from '../changes/change-feed.ts';

/** How an entity's collection was changed; the last three concern all of it. */
export type WriteOperation = 'insert' | 'update' | 'replace' | 'delete' | 'drop' | 'rename';

/** A change of an entity's collection, as the watch sees it. */
export interface WatchedWrite extends PlacedChange {
  readonly kind: 'write';
  /** Its place in MongoDB's history: the same whoever reads it, whenever. */
  readonly id: string;
  readonly collection: string;
  /** `undefined` when the whole collection was dropped, renamed or replaced. */
  readonly key: string | undefined;
  readonly operation: WriteOperation;
  /** What the write set `_banyan.entity` to; `undefined` when it did not touch it. */
  readonly version: Version | undefined;
  /** By the clock of MongoDB's node. */
  readonly atMs: number;
}

/** An outbox row that was committed. */
export interface WatchedRow extends PlacedChange {
  readonly kind: 'row';
  readonly stream: string;
  readonly key: string;
  /** Of the event; `undefined` when it is none that could be published. */
  readonly version: Version | undefined;
  readonly deleted: boolean;
}

export type WatchedChange = WatchedWrite | WatchedRow;

/** What of one transaction has to be remembered: a key's last write, and every row. */
export const slotOf = (change: WatchedChange): string =>
  change.kind === 'write'
    ? `write\0${change.collection}\0${change.key}`
    : `row\0${change.stream}\0${change.key}\0${change.version}\0${change.deleted}`;
