import { type ClientSession, type Db, Long } from 'mongodb';
import {
  type EntityDefinition,
  NO_VERSION,
  nextVersion,
  type SourceDocument,
  sliceNames,
  VERSIONS_FIELD,
  type Version,
  versionOf,
} from '../core/index.ts';
import { floorsOf } from './collections.ts';

/** The versions of a document's slices, by slice. */
export type Versions = { readonly [slice: string]: Version };

/** The versions after the last deletion of `key`; empty when it was never deleted. */
export const readFloors = async (
  db: Db,
  session: ClientSession,
  entity: EntityDefinition,
  key: string,
): Promise<Versions> => {
  const row = await floorsOf(db).findOne({ _id: { collection: entity.collection, key } }, { session });
  return row?.versions ?? {};
};

/**
 * The version that the deletion of each key left for one slice, as a majority has it; a key that was never
 * deleted is not in the answer.
 */
export const floorVersions = async (options: {
  db: Db;
  entity: EntityDefinition;
  slice: string;
  keys: readonly string[];
  session?: ClientSession;
}): Promise<Map<string, Version>> => {
  const { db, entity, slice, keys, session } = options;
  if (keys.length === 0) return new Map();
  const $in = keys.map((key) => ({ collection: entity.collection, key }));
  const reading = { readConcern: { level: 'majority' }, readPreference: 'primary' } as const;
  const rows = await floorsOf(db)
    .find({ _id: { $in } }, { ...reading, ...(session && { session }) })
    .toArray();
  const versions = rows.map(({ _id, versions }) => [_id.key, versions[slice]] as const);
  return new Map(versions.filter((one): one is [string, Version] => one[1] !== undefined));
};

/** Keeps the versions that a deletion leaves; they never go down. */
export const writeFloors = async (
  db: Db,
  session: ClientSession,
  entity: EntityDefinition,
  key: string,
  floors: Versions,
): Promise<void> => {
  const raised = Object.entries(longs(floors)).map(([slice, version]) => [`versions.${slice}`, version]);
  await floorsOf(db).updateOne(
    { _id: { collection: entity.collection, key } },
    { $max: Object.fromEntries(raised) },
    { session, upsert: true },
  );
};

/** The first versions of a document that is created above `floors` at `nowMs` (law 2). */
export const firstVersions = (entity: EntityDefinition, floors: Versions, nowMs: number): Versions =>
  Object.fromEntries(
    union(sliceNames(entity), Object.keys(floors)).map((slice) => [
      slice,
      nextVersion(floors[slice] ?? NO_VERSION, nowMs),
    ]),
  );

/** What deleting `document` at `nowMs` leaves: every version that it has, and every slice's, advanced. */
export const floorsLeftBy = (entity: EntityDefinition, document: SourceDocument, nowMs: number): Versions => {
  const own = Object.keys((document[VERSIONS_FIELD] as Versions | undefined) ?? {});
  return Object.fromEntries(
    union(sliceNames(entity), own).map((slice) => [slice, nextVersion(versionOf(document, slice), nowMs)]),
  );
};

/** Versions as they are stored: 64-bit integers, never doubles. */
export const longs = (versions: Versions): { [slice: string]: Long } =>
  Object.fromEntries(Object.entries(versions).map(([slice, version]) => [slice, Long.fromNumber(version)]));

const union = (some: readonly string[], others: readonly string[]): string[] => [
  ...new Set([...some, ...others]),
];
