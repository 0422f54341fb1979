import type { CloudSearchDomainClient } from '@aws-sdk/client-cloudsearch-domain';
import { type RejectError, type State, UsageError, type VersionedRecord } from '../core/index.ts';
import { CloudSearchDocuments } from './cloudsearch-documents.ts';
import { type CloudSearchField, domainFields } from './cloudsearch-field.ts';
import { CloudSearchSearches } from './cloudsearch-searches.ts';
import type { SearchHit, SearchIndex, SearchQuery, SearchRanking } from './search-index.ts';

/** An endpoint of a domain and a client for it. */
export interface CloudSearchEndpoint {
  readonly client: CloudSearchDomainClient;
  readonly endpoint: string;
}

export interface CloudSearchIndexOptions {
  readonly documents: CloudSearchEndpoint;
  readonly searches: CloudSearchEndpoint;
  /** Required. The fields of the states; the domain has two more (`domainFields`). */
  readonly fields: readonly CloudSearchField[];
  readonly ranking: SearchRanking;
}

/** A CloudSearch domain as a search index. */
export class CloudSearchIndex<S extends State = State> implements SearchIndex<S> {
  readonly #documents: CloudSearchDocuments<S>;
  readonly #searches: CloudSearchSearches<S>;

  /** @throws UsageError when a field takes a name that the adapter needs. */
  constructor({ documents, searches, fields, ranking }: CloudSearchIndexOptions) {
    const names = domainFields(fields).map((field) => field.name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice) throw new UsageError(`the search field name ${twice} is taken`);
    const format = { fields, exactField: ranking.exactField };
    this.#documents = new CloudSearchDocuments<S>({ ...documents, format });
    this.#searches = new CloudSearchSearches<S>({ ...searches, format, ranking });
  }

  write(records: readonly VersionedRecord<S>[], signal?: AbortSignal): Promise<(undefined | RejectError)[]> {
    return this.#documents.write(records, signal);
  }

  get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    return this.#searches.get(keys);
  }

  scan(): AsyncIterable<VersionedRecord<S>[]> {
    return this.#searches.scan();
  }

  search(query: SearchQuery): Promise<SearchHit<S>[]> {
    return this.#searches.search(query);
  }
}
