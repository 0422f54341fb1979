import { type Document, Long } from 'mongodb';
import {
  ENTITY_SLICE,
  type EntityDefinition,
  microsOf,
  type State,
  sliceNames,
  VERSIONS_FIELD,
} from '../core/index.ts';
import { UnpublishableError } from './errors.ts';
import { assertPlainFields } from './field-names.ts';

/** A change of top-level fields. Values are taken as they are: nothing in them is ever an operator or a path. */
export interface FieldChanges {
  /** Fields and their new values; a field whose value is `undefined` stays as it is. */
  readonly set?: { readonly [field: string]: unknown };
  /** Fields to remove. */
  readonly unset?: readonly string[];
  /** Numbers to add; a field that is missing or null counts as 0. */
  readonly inc?: { readonly [field: string]: number };
}

/**
 * An update as one aggregation pipeline: the fields, and the versions of the slices that they touch (law 2).
 * @throws UnpublishableError `bad-field` for a name that is not a plain one, or a field that is changed twice.
 */
export const updatePipeline = (
  entity: EntityDefinition,
  changes: FieldChanges,
  nowMs: number,
): Document[] => {
  const set = defined(changes.set ?? {});
  const inc = Object.entries(changes.inc ?? {});
  const unset = changes.unset ?? [];
  const touched = [...set.map(([field]) => field), ...inc.map(([field]) => field), ...unset];
  assertPlainFields(entity, touched);
  assertNoneTwice(entity, touched);
  return [
    {
      $set: Object.fromEntries([
        ...set.map(([field, value]) => [field, { $literal: value }]),
        ...inc.map(([field, by]) => [field, { $add: [{ $ifNull: [`$${field}`, 0] }, { $literal: by }] }]),
        [VERSIONS_FIELD, advancedVersions(slicesTouchedBy(entity, touched), nowMs)],
      ]),
    },
    ...(unset.length > 0 ? [{ $unset: [...unset] }] : []),
  ];
};

/** Advances every version and nothing else: the document is published again, above whatever a sink holds. */
export const touchPipeline = (entity: EntityDefinition, nowMs: number): Document[] => [
  { $set: { [VERSIONS_FIELD]: advancedVersions(sliceNames(entity), nowMs) } },
];

/**
 * Replaces the fields of `slice`, or of the whole document for the slice `entity`; `_id`, the versions and the
 * fields of other slices stay. Fields of the slice that `fields` does not name are removed.
 * @throws UnpublishableError `bad-field` for a field that the slice does not cover.
 */
export const replacePipeline = (
  entity: EntityDefinition,
  slice: string,
  fields: State,
  nowMs: number,
): Document[] => {
  const wanted = Object.fromEntries(defined(fields));
  if (slice !== ENTITY_SLICE) return replaceSlice(entity, slice, wanted, nowMs);
  assertPlainFields(entity, Object.keys(wanted));
  const versions = { [VERSIONS_FIELD]: advancedVersions(sliceNames(entity), nowMs) };
  return [{ $replaceWith: { $mergeObjects: [{ _id: '$_id' }, { $literal: wanted }, versions] } }];
};

const replaceSlice = (entity: EntityDefinition, slice: string, wanted: State, nowMs: number): Document[] => {
  const own = entity.slices[slice];
  if (!own) throw new UnpublishableError('bad-slice', entity.collection, `there is no slice "${slice}"`);
  for (const field of Object.keys(wanted)) {
    if (!own.includes(field)) {
      throw new UnpublishableError(
        'bad-field',
        entity.collection,
        `"${field}" is not of the slice "${slice}"`,
      );
    }
  }
  return updatePipeline(entity, { set: wanted, unset: own.filter((field) => !(field in wanted)) }, nowMs);
};

/** The slices whose versions a change of `fields` advances: `entity` always. */
const slicesTouchedBy = (entity: EntityDefinition, fields: readonly string[]): string[] =>
  sliceNames(entity).filter(
    (slice) => slice === ENTITY_SLICE || entity.slices[slice]?.some((field) => fields.includes(field)),
  );

/**
 * An expression for the versions after a write at `nowMs`: for each of `slices` the stored version plus one or
 * the time, whichever is higher, as a Long; those of other slices stay. For code that does its own update.
 */
export const advancedVersions = (slices: readonly string[], nowMs: number): Document => ({
  $mergeObjects: [
    `$${VERSIONS_FIELD}`,
    Object.fromEntries(
      slices.map((slice) => {
        const previous = { $ifNull: [`$${VERSIONS_FIELD}.${slice}`, Long.ZERO] };
        const now = Long.fromNumber(microsOf(nowMs));
        return [slice, { $toLong: { $max: [{ $add: [previous, Long.ONE] }, now] } }];
      }),
    ),
  ],
});

const defined = (fields: State): [string, unknown][] =>
  Object.entries(fields).filter(([, value]) => value !== undefined);

const assertNoneTwice = (entity: EntityDefinition, fields: readonly string[]): void => {
  const twice = fields.find((field, at) => fields.indexOf(field) !== at);
  if (twice === undefined) return;
  throw new UnpublishableError('bad-field', entity.collection, `"${twice}" is changed twice in one update`);
};
