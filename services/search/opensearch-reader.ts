import type { State, VersionedRecord } from '../core/index.ts';
import { decodeDocument, isPossibleKey, type StoredDocument } from './opensearch-document.ts';
import { INDEX_NOT_FOUND, OpenSearchError, type OpenSearchFault } from './opensearch-errors.ts';
import { LIVE } from './opensearch-mapping.ts';
import { askOpenSearch, type OpenSearchEndpoint } from './opensearch-requests.ts';

const KEYS_PER_REQUEST = 500;
const PAGE = 1_000;
/** How long the engine keeps the view that a scan reads, from one page to the next. */
const KEEP_ALIVE = '5m';

export interface OpenSearchReaderOptions extends OpenSearchEndpoint {
  readonly index: string;
}

interface Hits<D> {
  readonly pit_id?: string;
  readonly hits: { readonly hits: readonly D[] };
}

type ScanHit = StoredDocument & { readonly sort: readonly unknown[] };

/**
 * The documents of `keys`, tombstones included, as they are at this moment: the engine reads what it has not made
 * searchable yet from its log.
 */
export const readByKey = async <S extends State>(
  options: OpenSearchReaderOptions,
  keys: readonly string[],
): Promise<Map<string, VersionedRecord<S>>> => {
  const records = new Map<string, VersionedRecord<S>>();
  const ids = [...new Set(keys.filter(isPossibleKey))];
  for (let from = 0; from < ids.length; from += KEYS_PER_REQUEST) {
    const { docs } = await askOpenSearch<{ docs: FoundDocument[] }>(options, {
      method: 'POST',
      path: `${pathOf(options)}/_mget`,
      body: { ids: ids.slice(from, from + KEYS_PER_REQUEST) },
    });
    for (const document of docs) {
      if (document.error) throw unreadable(options, document.error);
      if (document.found) records.set(document._id, decodeDocument<S>(document));
    }
  }
  return records;
};

type FoundDocument = StoredDocument & { readonly found?: boolean; readonly error?: OpenSearchFault };

/** An item has no status; what is not the missing index is a shard that cannot be read just now. */
const unreadable = ({ endpoint }: OpenSearchReaderOptions, fault: OpenSearchFault): OpenSearchError =>
  new OpenSearchError(endpoint, fault.type === INDEX_NOT_FOUND ? 404 : 503, fault);

/** Everything live that was written before, page by page, in the order of its keys' bytes: one view of one moment. */
export async function* scanInKeyOrder<S extends State>(
  options: OpenSearchReaderOptions,
): AsyncIterable<VersionedRecord<S>[]> {
  await askOpenSearch(options, { method: 'POST', path: `${pathOf(options)}/_refresh` });
  let pit = await openView(options);
  try {
    for (let after: readonly unknown[] | undefined; ; ) {
      const page: Hits<ScanHit> = await askOpenSearch(options, {
        method: 'POST',
        path: '/_search',
        query: { allow_partial_search_results: false },
        body: {
          pit: { id: pit, keep_alive: KEEP_ALIVE },
          query: { bool: { filter: [LIVE] } },
          sort: [{ key: 'asc' }],
          size: PAGE,
          version: true,
          track_total_hits: false,
          ...(after ? { search_after: after } : {}),
        },
      });
      pit = page.pit_id ?? pit;
      const { hits } = page.hits;
      if (hits.length > 0) yield hits.map((hit) => decodeDocument<S>(hit));
      if (hits.length < PAGE) return;
      after = hits.at(-1)?.sort;
    }
  } finally {
    // It expires by itself; the failure that counts, if any, is the scan's.
    await askOpenSearch(options, { method: 'DELETE', path: PIT, body: { pit_id: [pit] } }).catch(() => {});
  }
}

const PIT = '/_search/point_in_time';

const openView = async (options: OpenSearchReaderOptions): Promise<string> => {
  const { pit_id } = await askOpenSearch<{ pit_id: string }>(options, {
    method: 'POST',
    path: `${pathOf(options)}${PIT}`,
    query: { keep_alive: KEEP_ALIVE, allow_partial_pit_creation: false },
  });
  return pit_id;
};

const pathOf = ({ index }: OpenSearchReaderOptions): string => `/${encodeURIComponent(index)}`;
