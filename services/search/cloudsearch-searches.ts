import {
  type CloudSearchDomainClient,
  SearchCommand,
  type SearchCommandInput,
  type SearchResponse,
} from '@aws-sdk/client-cloudsearch-domain';
import { RejectError, type State, type VersionedRecord } from '../core/index.ts';
import { type DocumentFormat, decodeHit } from './cloudsearch-document.ts';
import { explainCloudSearchError } from './cloudsearch-errors.ts';
import { idOfKey } from './cloudsearch-id.ts';
import { rankedSearch } from './cloudsearch-query.ts';
import type { SearchHit, SearchIndex, SearchQuery, SearchRanking } from './search-index.ts';

/** Ids in one query: a GET's URL ends at about 8 KB. */
const KEYS_PER_QUERY = 40;
const PAGE = 1_000;

export interface CloudSearchSearchesOptions {
  readonly client: CloudSearchDomainClient;
  /** Required. The domain's search endpoint, for messages; the client has it already. */
  readonly endpoint: string;
  readonly format: DocumentFormat;
  readonly ranking: SearchRanking;
}

/** Reads a CloudSearch domain. */
export class CloudSearchSearches<S extends State = State>
  implements Pick<SearchIndex<S>, 'get' | 'scan' | 'search'>
{
  readonly #options: CloudSearchSearchesOptions;

  constructor(options: CloudSearchSearchesOptions) {
    this.#options = options;
  }

  async get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    const records = new Map<string, VersionedRecord<S>>();
    const known = [...new Set(keys.flatMap(idsOf))];
    for (let from = 0; from < known.length; from += KEYS_PER_QUERY) {
      const ids = known.slice(from, from + KEYS_PER_QUERY);
      const clauses = ids.map((id) => `(term field=_id '${id}')`).join(' ');
      const answer = await this.#search({
        query: `(or ${clauses})`,
        queryParser: 'structured',
        sort: '_id asc',
        size: ids.length,
      });
      for (const record of this.#records(answer)) records.set(record.key, record);
    }
    return keys.map((key) => records.get(key));
  }

  async *scan(): AsyncIterable<VersionedRecord<S>[]> {
    let cursor: string | undefined = 'initial';
    while (cursor) {
      const page: SearchResponse = await this.#search({
        query: 'matchall',
        queryParser: 'structured',
        sort: '_id asc',
        size: PAGE,
        cursor,
      });
      const records = this.#records(page);
      if (records.length === 0) return;
      yield records;
      cursor = page.hits?.cursor;
    }
  }

  async search(query: SearchQuery): Promise<SearchHit<S>[]> {
    const request = rankedSearch(query, this.#options.ranking);
    if (!request) return [];
    const answer = await this.#search(request);
    return (answer.hits?.hit ?? []).map((hit) => {
      const { key, state } = decodeHit<S>(hit, this.#options.format);
      return { key, state, score: Number(hit.exprs?.rank ?? 0) };
    });
  }

  #records(answer: SearchResponse): VersionedRecord<S>[] {
    return (answer.hits?.hit ?? []).map((hit) => decodeHit<S>(hit, this.#options.format));
  }

  async #search(input: SearchCommandInput): Promise<SearchResponse> {
    try {
      return await this.#options.client.send(new SearchCommand(input));
    } catch (thrown) {
      throw explainCloudSearchError(thrown, this.#options.endpoint);
    }
  }
}

/** No id for a key that no document can have. */
const idsOf = (key: string): string[] => {
  try {
    return [idOfKey(key)];
  } catch (thrown) {
    if (thrown instanceof RejectError) return [];
    throw thrown;
  }
};
