import type { ChangeStreamDocument, Db, Document } from 'mongodb';
import { entityKeyOf, type Version } from '../../core/index.ts';
import {
  type ChangeView,
  clusterTimeOf,
  collectionOf,
  placeOf,
  transactionOf,
} from '../changes/mongo-change-feed.ts';
import { outboxOf } from '../collections.ts';
import type { WatchedChange, WatchedRow, WatchedWrite, WriteOperation } from './watched-change.ts';

/** An event as the stages leave it. */
type Viewed = ChangeStreamDocument & {
  readonly ns: { readonly coll: string };
  readonly to?: { readonly coll: string };
  readonly documentKey?: { readonly _id: unknown };
  readonly wallTime?: Date;
  readonly version?: unknown;
  readonly row?: { readonly stream: unknown; readonly key: unknown; readonly event: unknown };
};

/** How the watch sees a database: every change of the collections, and every new outbox row. */
export const watchView = (db: Db, collections: readonly string[]): ChangeView<WatchedChange> => {
  const outbox = outboxOf(db).collectionName;
  const watched = new Set(collections);
  return {
    filter: {
      $or: [
        { 'ns.coll': { $in: [...collections] } },
        { 'ns.coll': outbox, operationType: 'insert' },
        { operationType: 'rename' },
      ],
    },
    stages: [onlyWhatMatters(outbox)],
    options: {},
    read: (event) => {
      const viewed = event as Viewed;
      return collectionOf(event) === outbox ? rowOf(viewed) : writeOf(viewed, watched);
    },
  };
};

/** Documents are not needed, only what says which version was set; a row's event is. */
const onlyWhatMatters = (outbox: string): Document => {
  const updated = (field: string) => ({ $getField: { field, input: '$updateDescription.updatedFields' } });
  return {
    $project: {
      operationType: 1,
      ns: 1,
      to: 1,
      documentKey: 1,
      clusterTime: 1,
      wallTime: 1,
      lsid: 1,
      txnNumber: 1,
      version: {
        $ifNull: [
          '$fullDocument._banyan.entity',
          updated('_banyan.entity'),
          { $getField: { field: 'entity', input: updated('_banyan') } },
        ],
      },
      row: {
        $cond: [
          { $eq: ['$ns.coll', outbox] },
          { stream: '$fullDocument.stream', key: '$fullDocument.key', event: '$fullDocument.event' },
          '$$REMOVE',
        ],
      },
    },
  };
};

/** A rename may be onto a watched collection, in place of it; most are none of the watch's business. */
const writeOf = (event: Viewed, watched: ReadonlySet<string>): WatchedWrite | undefined => {
  const collection = [event.ns.coll, event.to?.coll].find((name) => name !== undefined && watched.has(name));
  return collection === undefined ? undefined : writeTo(collection, event);
};

const writeTo = (collection: string, event: Viewed): WatchedWrite => ({
  kind: 'write',
  id: placeOf(event),
  collection,
  key: event.documentKey === undefined ? undefined : entityKeyOf(event.documentKey._id),
  operation: event.operationType as WriteOperation,
  version: versionIn(event.version),
  atMs: event.wallTime?.getTime() ?? clusterTimeOf(event).t * 1000,
  clusterTime: clusterTimeOf(event),
  transaction: transactionOf(event),
});

const rowOf = (event: Viewed): WatchedRow => ({
  kind: 'row',
  stream: String(event.row?.stream),
  key: String(event.row?.key),
  ...publishedIn(event.row?.event),
  clusterTime: clusterTimeOf(event),
  transaction: transactionOf(event),
});

/** What a row's event says; of a row without an event nothing, so that it explains nothing. */
const publishedIn = (json: unknown): Pick<WatchedRow, 'version' | 'deleted'> => {
  try {
    const event = JSON.parse(String(json)) as { version?: unknown; deleted?: unknown } | null;
    return { version: versionIn(event?.version), deleted: event?.deleted === true };
  } catch {
    return { version: undefined, deleted: false };
  }
};

const versionIn = (value: unknown): Version | undefined => {
  const version = typeof value === 'object' || value === undefined ? Number.NaN : Number(value);
  return Number.isSafeInteger(version) ? version : undefined;
};
