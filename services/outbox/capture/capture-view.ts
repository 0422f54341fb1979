import type { ChangeStreamDocument } from 'mongodb';
import { entityKeyOf, type SourceDocument } from '../../core/index.ts';
import { type ChangeView, clusterTimeOf, transactionOf } from '../changes/mongo-change-feed.ts';
import { CollectionGoneError, MissingImageError } from './capture-errors.ts';
import type { CapturedChange } from './captured-change.ts';

type Viewed = ChangeStreamDocument & {
  readonly documentKey?: { readonly _id: unknown };
  readonly fullDocument?: SourceDocument | null;
  readonly fullDocumentBeforeChange?: SourceDocument | null;
  readonly wallTime?: Date;
};

/**
 * How a capture sees a database: the changes of one collection, each with its state before and after.
 * Reading throws MissingImageError and CollectionGoneError, which both carry `recovery`.
 */
export const captureView = (options: {
  collection: string;
  recovery: string;
}): ChangeView<CapturedChange> => {
  const { collection } = options;
  return {
    filter: {
      $or: [{ 'ns.coll': collection }, { operationType: 'rename', 'to.coll': collection }],
    },
    // The state is there as a whole.
    stages: [{ $unset: 'updateDescription' }],
    // Where images are required, one without would end the stream with no word of the key.
    options: { fullDocument: 'whenAvailable', fullDocumentBeforeChange: 'whenAvailable' },
    read: (event) => changeOf(event as Viewed, options),
  };
};

const changeOf = (event: Viewed, options: { collection: string; recovery: string }): CapturedChange => {
  const { collection, recovery } = options;
  const { operationType, documentKey } = event;
  if (!documentKey) throw new CollectionGoneError(collection, operationType, recovery);
  const key = entityKeyOf(documentKey._id);
  const after = operationType === 'delete' ? null : event.fullDocument;
  if (after === undefined || (after === null && operationType !== 'delete')) {
    throw new MissingImageError(collection, key, recovery);
  }
  return {
    key,
    id: documentKey._id,
    before: operationType === 'insert' ? null : (event.fullDocumentBeforeChange ?? undefined),
    after,
    atMs: event.wallTime?.getTime() ?? clusterTimeOf(event).t * 1000,
    clusterTime: clusterTimeOf(event),
    transaction: transactionOf(event),
  };
};
