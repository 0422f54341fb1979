import { BanyanError } from './errors.ts';

/**
 * A version orders the states of one slice of an entity: a safe integer, microseconds since the Unix epoch as
 * a hybrid logical clock, strictly increasing. A document without a version counts as version 0.
 */
export type Version = number;

/** The version of a document that was never written through the outbox. */
export const NO_VERSION: Version = 0;

/** The wall clock in a version's unit. */
export const microsOf = (nowMs: number): Version => Math.floor(nowMs * 1000);

/** The next version after `previous`: the wall clock, unless that would not increase. Law 2. */
export const nextVersion = (previous: Version, nowMs: number): Version =>
  assertVersion(Math.max(previous + 1, microsOf(nowMs)));

/**
 * MongoDB's cluster time as a version: `t * 1_000_000 + i`.
 * @throws BanyanError `cluster-time-overflow` when a second holds a million operations: it never wraps.
 */
export const clusterTimeVersion = (timestamp: { t: number; i: number }): Version => {
  if (timestamp.i >= 1_000_000) {
    throw new BanyanError(
      'cluster-time-overflow',
      `cluster time increment ${timestamp.i} does not fit a version`,
    );
  }
  return assertVersion(timestamp.t * 1_000_000 + timestamp.i);
};

/** @throws BanyanError `bad-version` unless `value` is a non-negative safe integer. */
export const assertVersion = (value: unknown): Version => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new BanyanError('bad-version', `not a version: ${String(value)} (a non-negative safe integer is)`);
  }
  return value;
};

/** Where a document keeps its versions: `_banyan.entity` for the whole, one more field per slice. */
export const VERSIONS_FIELD = '_banyan';

/** The slice that is the whole entity. */
export const ENTITY_SLICE = 'entity';

/** The version of `slice` that `document` carries; 0 when it carries none. */
export const versionOf = (document: { readonly [field: string]: unknown }, slice: string): Version => {
  const versions = document[VERSIONS_FIELD];
  if (versions === undefined || versions === null || typeof versions !== 'object') return NO_VERSION;
  const value = (versions as { [slice: string]: unknown })[slice];
  return value === undefined || value === null ? NO_VERSION : assertVersion(Number(value));
};
