import { UsageError } from '../core/index.ts';
import { OpenSearchError } from './opensearch-errors.ts';
import { LAYOUT, LIVE, mappingOf, type OpenSearchDefinition, settingsOf } from './opensearch-mapping.ts';
import { askOpenSearch, type OpenSearchEndpoint } from './opensearch-requests.ts';

export interface OpenSearchNames extends OpenSearchEndpoint {
  readonly index: string;
  readonly alias: string;
}

const TOMBSTONES_PER_REQUEST = 10_000;

/**
 * Makes the index with its mapping, and the alias if there is none yet; an index that is there gets the fields that
 * are new. Harmless to repeat, by several at once too. An alias that shows another index stays with it.
 * @throws UsageError when the index is not ours, is an alias, or has a field as another type.
 */
export const prepareIndex = async (
  names: OpenSearchNames,
  definition: OpenSearchDefinition,
): Promise<void> => {
  const mapping = mappingOf(definition);
  const there = (await lookUp<Indices>(names, pathOf(names.index))) ?? (await create(names, definition));
  if (there) {
    assertOurs(names, there);
    await addFields(names, mapping);
  }
  const shown = await indicesOf(names);
  if (shown.length === 0 || shown.includes(names.index)) await changeAliases(names, [show(names)]);
};

/** Points the alias at the index and at no other, in one step: readers see either the old one or the new one. */
export const publishIndex = async (names: OpenSearchNames): Promise<void> => {
  await refresh(names);
  const others = (await indicesOf(names)).filter((index) => index !== names.index);
  const hide = others.map((index) => ({ remove: { index, alias: names.alias } }));
  await changeAliases(names, [...hide, show(names)]);
};

/**
 * Removes tombstones since before `beforeMs` (Unix milliseconds) for good, and answers how many. What is older than
 * one of them and may still arrive brings its key back: leave them for longer than the stream's retention plus the
 * longest backfill (law 3). One that is replaced meanwhile stays.
 */
export const purgeTombstones = async (
  names: OpenSearchEndpoint & { readonly index: string },
  beforeMs: number,
): Promise<number> => {
  let purged = 0;
  await refresh(names);
  for (;;) {
    const { deleted, total } = await askOpenSearch<{ deleted: number; total: number }>(names, {
      method: 'POST',
      path: `${pathOf(names.index)}/_delete_by_query`,
      query: { conflicts: 'proceed', refresh: true, max_docs: TOMBSTONES_PER_REQUEST },
      body: {
        query: {
          bool: { filter: [{ term: { deleted: true } }, { range: { deletedAt: { lt: beforeMs } } }] },
        },
      },
    });
    purged += deleted;
    if (total < TOMBSTONES_PER_REQUEST) return purged;
  }
};

interface Indices {
  readonly [index: string]: { readonly mappings?: { readonly _meta?: { readonly banyan?: unknown } } };
}

/** `undefined` when it is new; what is there when somebody else was quicker. */
const create = async (
  names: OpenSearchNames,
  definition: OpenSearchDefinition,
): Promise<Indices | undefined> => {
  const body = { mappings: mappingOf(definition), settings: settingsOf(definition) };
  try {
    await askOpenSearch(names, { method: 'PUT', path: pathOf(names.index), body });
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof OpenSearchError) || thrown.type !== 'resource_already_exists_exception')
      throw thrown;
    return lookUp<Indices>(names, pathOf(names.index));
  }
};

const assertOurs = ({ index, endpoint }: OpenSearchNames, there: Indices): void => {
  const found = there[index];
  if (!found) {
    const indices = Object.keys(there).join(', ');
    throw new UsageError(`${index} at ${endpoint} is an alias of ${indices}: name the index itself`);
  }
  if (found.mappings?._meta?.banyan === LAYOUT.banyan) return;
  throw new UsageError(
    `the index ${index} at ${endpoint} was not made by Banyan: name one that does not exist, and it is made`,
  );
};

const addFields = async (names: OpenSearchNames, mapping: ReturnType<typeof mappingOf>): Promise<void> => {
  try {
    await askOpenSearch(names, { method: 'PUT', path: `${pathOf(names.index)}/_mapping`, body: mapping });
  } catch (cause) {
    if (!(cause instanceof OpenSearchError) || cause.status !== 400) throw cause;
    throw new UsageError(
      `the index ${names.index} has other fields (${cause.message}): fill a fresh one, and publish it`,
      { code: 'other-fields', cause },
    );
  }
};

/** The indices that the alias shows. @throws UsageError when its name is an index's. */
const indicesOf = async (names: OpenSearchNames): Promise<string[]> => {
  const there = await lookUp<Indices>(names, pathOf(names.alias));
  if (!there) return [];
  if (!(names.alias in there)) return Object.keys(there);
  throw new UsageError(`${names.alias} at ${names.endpoint} is an index: the alias needs a name of its own`);
};

const show = ({ index, alias }: OpenSearchNames) => ({ add: { index, alias, filter: LIVE } });

const changeAliases = (names: OpenSearchNames, actions: readonly object[]): Promise<unknown> =>
  askOpenSearch(names, { method: 'POST', path: '/_aliases', body: { actions } });

/** Makes everything searchable that was written before. */
const refresh = (names: OpenSearchEndpoint & { readonly index: string }): Promise<unknown> =>
  askOpenSearch(names, { method: 'POST', path: `${pathOf(names.index)}/_refresh` });

const lookUp = async <T>(names: OpenSearchNames, path: string): Promise<T | undefined> => {
  try {
    return await askOpenSearch<T>(names, { method: 'GET', path });
  } catch (thrown) {
    if (thrown instanceof OpenSearchError && thrown.status === 404) return undefined;
    throw thrown;
  }
};

const pathOf = (name: string): string => `/${encodeURIComponent(name)}`;
