import type { Db } from 'mongodb';
import type { EntityDefinition } from '../../core/index.ts';
import type { Quarantine } from '../../stream/quarantine.ts';
import { MongoChangeFeed } from '../changes/mongo-change-feed.ts';
import { type EventTypeOf, plainEventType } from '../entity-change.ts';
import { Relay, type RelayOptions } from '../relay.ts';
import { CaptureFeed } from './capture-feed.ts';
import { captureView } from './capture-view.ts';
import { enableImages } from './enable-images.ts';

/** What is captured, and what its relay works with. */
export interface CaptureOptions extends Omit<RelayOptions, 'feed'> {
  /** Required. Where the collection lives; it is made to keep pre- and post-images. */
  readonly db: Db;
  /** Required. What is captured; nobody writes it through the outbox. */
  readonly entity: EntityDefinition;
  /** Optional: defaults to `….created`, `….updated` and `….deleted`. */
  readonly typeOf?: EventTypeOf;
  /** Required. The producer in the events, as a URI reference: `/monolith`. */
  readonly source: string;
  /** Required. The commands that begin anew, as a sentence: what a capture has missed, only a new copy has. */
  readonly recovery: string;
}

/** The name under which captures quarantine. */
const CAPTURE_QUARANTINE = 'capture';

/**
 * Publishes a collection that code writes which nobody may touch, from its change stream alone: for projections,
 * since only `document` versions can move authority (law 2). Everything else is as in a relay: several may run
 * and one leads, with a `lease` of its own; per-key order; nothing is dropped.
 *
 * The versions are cluster times. A backfill of the same sink begins after the capture did; what it reads has
 * version 0, below every event, or a cluster time taken before the read. A key's changes in one transaction are
 * one event, of its last state, published once the stream has passed the transaction. It needs an oplog that outlives every
 * pause of the captures: what has left it cannot be swept.
 *
 * Its `run` throws ChangeStreamHistoryLostError, MissingImageError or CollectionGoneError when it cannot go on;
 * each says what to do.
 * @throws ImagesUnavailableError when MongoDB does not keep the images.
 */
export const openCapture = async (options: CaptureOptions): Promise<Relay> => {
  const { db, entity, clock, source, recovery, quarantine, typeOf = plainEventType(entity) } = options;
  await enableImages(db, entity.collection);
  const view = captureView({ collection: entity.collection, recovery });
  const changes = new MongoChangeFeed({ db, name: `capture:${entity.collection}`, view, recovery });
  const feed = new CaptureFeed({ changes, clock, entity, typeOf, source });
  return new Relay({ ...options, feed, quarantine: named(quarantine) });
};

const named = (quarantine: Quarantine): Quarantine => ({
  put: (entry) => quarantine.put({ ...entry, source: CAPTURE_QUARANTINE }),
  list: (source) => quarantine.list(source),
  remove: (entry) => quarantine.remove(entry),
});
