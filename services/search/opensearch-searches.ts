import type { State } from '../core/index.ts';
import { decodeDocument, type StoredDocument } from './opensearch-document.ts';
import { rankedQuery } from './opensearch-query.ts';
import { askOpenSearch, type OpenSearchEndpoint } from './opensearch-requests.ts';
import type { Searches, SearchHit, SearchQuery, SearchRanking } from './search-index.ts';

export interface OpenSearchSearchesOptions extends OpenSearchEndpoint {
  /** Required. The alias, which shows what is not deleted, and may be pointed at a fresh index. */
  readonly alias: string;
  readonly ranking: SearchRanking;
}

type Hit = StoredDocument & { readonly _score: number };

/** Searches through the alias: all that a search API needs. */
export class OpenSearchSearches<S extends State = State> implements Searches<S> {
  readonly #options: OpenSearchSearchesOptions;

  constructor(options: OpenSearchSearchesOptions) {
    this.#options = options;
  }

  async search({ text, limit }: SearchQuery): Promise<SearchHit<S>[]> {
    const { alias, ranking } = this.#options;
    const query = rankedQuery({ text }, ranking);
    if (!query) return [];
    const { hits } = await askOpenSearch<{ hits: { hits: Hit[] } }>(this.#options, {
      method: 'POST',
      path: `/${encodeURIComponent(alias)}/_search`,
      query: { allow_partial_search_results: false },
      body: {
        query,
        sort: [{ _score: 'desc' }, { key: 'asc' }],
        size: limit,
        version: true,
        track_total_hits: false,
      },
    });
    return hits.hits.flatMap((hit) => {
      const { key, state } = decodeDocument<S>(hit);
      return state ? [{ key, score: hit._score, state }] : [];
    });
  }
}
