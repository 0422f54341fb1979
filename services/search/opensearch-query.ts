import { EXACT_SUBFIELD } from './opensearch-mapping.ts';
import type { SearchQuery, SearchRanking } from './search-index.ts';
import { wordsAsTyped } from './words-of.ts';

/** More than all other clauses and the popularity together can be worth. */
const EXACT_WORTH = 10_000;

type Clause = { readonly [kind: string]: unknown };

/**
 * A person's query in the engine's query language: every word, in any of the ranked fields, the last one also as a
 * beginning; an equal exact field on top. A match is worth its field's weight however rare the word is, so the
 * score does not depend on the shard, and the order is the memory index's. Popularity multiplies it.
 * Words are values of JSON: no operator can come of them. `undefined` when there is no word.
 */
export const rankedQuery = (
  { text }: Pick<SearchQuery, 'text'>,
  ranking: SearchRanking,
): Clause | undefined => {
  const words = wordsAsTyped(text);
  const last = words.at(-1);
  if (last === undefined) return undefined;
  const fields = Object.entries(ranking.weights);
  const whole = (word: string) =>
    fields.map(([field, weight]) => worth(2 * weight, { match: { [field]: word } }));
  const beginning = fields.map(([field, weight]) => worth(weight, { match_bool_prefix: { [field]: last } }));
  const must = words
    .slice(0, -1)
    .map((word) => anyOf(whole(word)))
    .concat(anyOf([...whole(last), ...beginning]));
  const exact = { term: { [`${ranking.exactField}.${EXACT_SUBFIELD}`]: text.trim() } };
  return withPopularity({ bool: { must, should: [worth(EXACT_WORTH, exact)] } }, ranking.popularityField);
};

const worth = (boost: number, filter: Clause): Clause => ({ constant_score: { filter, boost } });

const anyOf = (should: Clause[]): Clause => ({ bool: { should, minimum_should_match: 1 } });

/** Score × (1 + log10(1 + popularity) / 4). The filter: a negative number would fail the whole search. */
const withPopularity = (query: Clause, field: string): Clause => ({
  function_score: {
    query,
    functions: [
      { weight: 1 },
      {
        filter: { range: { [field]: { gte: 0 } } },
        field_value_factor: { field, modifier: 'log1p', missing: 0 },
        weight: 0.25,
      },
    ],
    score_mode: 'sum',
    boost_mode: 'multiply',
  },
});
