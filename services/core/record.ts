import type { Version } from './version.ts';

/** What a migrated store holds for a key: plain JSON values only. */
export type State = { readonly [field: string]: unknown };

/** A key's state at a version. A record without state is a tombstone: the key is deleted. */
export interface VersionedRecord<S extends State = State> {
  /** The entity key, as `entityKeyOf` makes it. */
  readonly key: string;
  /** Of the slice that orders the store. */
  readonly version: Version;
  /** `null` for a tombstone. */
  readonly state: S | null;
}

/** A source document, as MongoDB's driver decodes it. */
export type SourceDocument = { readonly _id: unknown; readonly [field: string]: unknown };

/**
 * Turns a source document into what the sink holds for it; `null` means the sink holds nothing (a tombstone).
 * The same function serves stream, backfill, read-through and verify, so it must be pure.
 * @throws RejectError (or any error) when the document can never be transformed: it goes to quarantine.
 */
export type Transform<S extends State = State> = (document: SourceDocument) => S | null;
