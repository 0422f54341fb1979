import type { Db, ObjectId } from 'mongodb';
import {
  type Clock,
  ENTITY_SLICE,
  entityKeyOf,
  recordOfDocument,
  type Version,
  versionOf,
} from '../core/index.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { OutboxTransaction } from '../outbox/outbox-transaction.ts';
import type { ReadThrough } from '../store/read-through.ts';
import type { WriteThrough } from '../store/write-through.ts';
import { PROFILES_SLICE, type Profile, toProfile } from './profile.ts';
import type { ProfileChanges } from './profile-changes.ts';
import { userEntity } from './user-entity.ts';

/** The monolith's database, as far as the service writes it. */
export interface Authority {
  readonly db: Db;
  outbox(): Promise<Outbox>;
}

export interface ProfilesParts {
  readonly reader: ReadThrough<Profile>;
  readonly copier: WriteThrough<Profile>;
  /** Required. Connects when first asked. */
  authority(): Promise<Authority>;
  readonly clock: Clock;
}

/** The W3C trace context of a request, which the events of its change carry on. */
interface Trace {
  readonly traceparent?: string;
}

/**
 * The profiles, while the monolith's MongoDB is their authority: reads come from the service's own store and,
 * on a miss, from MongoDB; writes go to MongoDB through the outbox, and are copied on.
 */
export class Profiles {
  readonly #parts: ProfilesParts;

  constructor(parts: ProfilesParts) {
    this.#parts = parts;
  }

  /** `undefined` for a user that does not exist (any more). */
  async read(id: string): Promise<Profile | undefined> {
    return (await this.#parts.reader.get(id))?.state ?? undefined;
  }

  /** Answers the profile after the change, and the user's new version; `undefined` when there is no such user. */
  async change(
    id: ObjectId,
    changes: ProfileChanges,
    trace: Trace = {},
  ): Promise<{ profile: Profile; version: Version } | undefined> {
    const outbox = await (await this.#parts.authority()).outbox();
    const changed = await outbox.transaction(async (tx) => {
      const user = await tx.update(userEntity, id, { set: changes }, 'user.profile-updated');
      // Within the transaction: a user whose profile cannot be read is not changed either.
      return user && { user, record: recordOfDocument(user, PROFILES_SLICE, toProfile) };
    }, trace);
    if (!changed?.record.state) return undefined;
    await this.#parts.copier.copy(changed.record);
    return { profile: changed.record.state, version: versionOf(changed.user, ENTITY_SLICE) };
  }

  /** Deletes the user; answers the version of the tombstone, or `undefined` when there is no such user. */
  async remove(id: ObjectId, trace: Trace = {}): Promise<Version | undefined> {
    const outbox = await (await this.#parts.authority()).outbox();
    const tombstone = await outbox.transaction(async (tx) => {
      const deleted = await tx.delete(userEntity, id, 'user.deleted');
      if (deleted) await signOutForGood(tx, id, new Date(this.#parts.clock.nowMs()));
      return deleted;
    }, trace);
    if (!tombstone) return undefined;
    const version = versionOf(tombstone, PROFILES_SLICE);
    await this.#parts.copier.copy({ key: entityKeyOf(id), version, state: null });
    return versionOf(tombstone, ENTITY_SLICE);
  }
}

/**
 * What goes with a user at once, as in the monolith. Follows and yubls are the monolith's, and may be many: the
 * row in `deletions` asks its worker to delete them, each with its event.
 */
const signOutForGood = async (
  { db, session }: OutboxTransaction,
  id: ObjectId,
  deletedAt: Date,
): Promise<void> => {
  await db.collection('credentials').deleteOne({ _id: id }, { session });
  await db.collection('sessions').deleteMany({ userId: id }, { session });
  await db.collection('deletions').updateOne({ _id: id }, { $set: { deletedAt } }, { session, upsert: true });
};
