/* What speaks to CloudSearch, apart from `services/search/index.ts`. */
export { type CloudSearchField, type CloudSearchFieldType, domainFields } from '../cloudsearch-field.ts';
export {
  type CloudSearchEndpoint,
  CloudSearchIndex,
  type CloudSearchIndexOptions,
} from '../cloudsearch-index.ts';
