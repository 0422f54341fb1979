/* No AWS SDK: each engine has an index of its own, such as `services/search/cloudsearch/index.ts`. */
export { GuardedSearchIndex, type GuardedSearchIndexOptions } from './guarded-search-index.ts';
export { GuardedWriter, type GuardedWriterOptions } from './guarded-writer.ts';
export { MemoryIndex } from './memory-index.ts';
export type {
  Searches,
  SearchHit,
  SearchIndex,
  SearchIndexWriter,
  SearchQuery,
  SearchRanking,
  VersionedSearchIndex,
} from './search-index.ts';
