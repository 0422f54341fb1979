import { UsageError } from '../core/index.ts';
import { RESERVED_FIELDS } from './opensearch-document.ts';
import type { SearchRanking } from './search-index.ts';
import { WORD_SEPARATOR } from './words-of.ts';

/** The exact field once more, as a whole and in lower case: a text field has words only. */
export const EXACT_SUBFIELD = 'exact';

/** Says that an index was made here, and how. */
export const LAYOUT = { banyan: 1 };

/**
 * The type of one field, as in the engine's mapping: `{ type: 'text' }`
 * (https://docs.opensearch.org/latest/field-types/).
 */
export interface OpenSearchProperty {
  readonly type: string;
  readonly fields?: { readonly [name: string]: OpenSearchProperty };
  readonly [parameter: string]: unknown;
}

/** Every field of the states; a state with another one is rejected. */
export interface OpenSearchProperties {
  readonly [field: string]: OpenSearchProperty;
}

export interface OpenSearchDefinition {
  readonly properties: OpenSearchProperties;
  readonly ranking: SearchRanking;
  /** Optional: the engine's defaults. Settings of the index, such as `number_of_shards`, when it is created. */
  readonly settings?: { readonly [setting: string]: unknown };
}

/** What live documents are, to the alias and to scans. */
export const LIVE = { bool: { must_not: [{ term: { deleted: true } }] } };

/**
 * The mapping of the states' fields and of what is kept beside them.
 * @throws UsageError when a field takes a name that the adapter needs, or the ranking's exact field is missing.
 */
export const mappingOf = ({ properties, ranking }: OpenSearchDefinition) => {
  const taken = RESERVED_FIELDS.find((field) => field in properties);
  if (taken) throw new UsageError(`the search field name ${taken} is taken`);
  const exact = properties[ranking.exactField];
  if (!exact) throw new UsageError(`there is no search field ${ranking.exactField}, which the ranking names`);
  return {
    dynamic: 'strict',
    _meta: LAYOUT,
    properties: {
      ...properties,
      [ranking.exactField]: { ...exact, fields: { ...exact.fields, [EXACT_SUBFIELD]: EXACT } },
      key: { type: 'keyword' },
      deleted: { type: 'boolean' },
      deletedAt: { type: 'date', format: 'epoch_millis' },
    },
  };
};

/** A text that is longer than any query need not be found as a whole; the engine refuses terms above 32 KB. */
const EXACT = { type: 'keyword', normalizer: 'lowercase', ignore_above: 1_000 };

/** Settings of a new index: text is split into the words that queries are split into, and nothing is stemmed. */
export const settingsOf = ({ settings }: OpenSearchDefinition) => ({
  analysis: {
    tokenizer: { words: { type: 'pattern', pattern: WORD_SEPARATOR } },
    analyzer: { default: { type: 'custom', tokenizer: 'words', filter: ['lowercase'] } },
  },
  ...settings,
});
