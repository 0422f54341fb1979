import type { SearchCommandInput } from '@aws-sdk/client-cloudsearch-domain';
import { exactValue } from './cloudsearch-document.ts';
import { EXACT_FIELD } from './cloudsearch-field.ts';
import type { SearchQuery, SearchRanking } from './search-index.ts';
import { wordsOf } from './words-of.ts';

/** More than all other clauses and the popularity together can be worth. */
const EXACT_BOOST = 10_000;

/**
 * A person's query as a structured CloudSearch query: an equal exact field first; otherwise every word, in any of
 * the ranked fields, the last one also as a beginning. Popularity multiplies the score.
 * Words hold letters, digits and `_` alone, and the whole is a quoted literal: no operator can come of them.
 * `undefined` when there is no word.
 */
export const rankedSearch = (
  { text, limit }: SearchQuery,
  { weights, popularityField }: SearchRanking,
): SearchCommandInput | undefined => {
  const words = wordsOf(text);
  const last = words.pop();
  if (last === undefined) return undefined;
  const all = [...words.map(quoted), `(or ${quoted(last)} (prefix ${quoted(last)}))`].join(' ');
  const exact = `(term field=${EXACT_FIELD.name} boost=${EXACT_BOOST} ${quoted(exactValue(text))})`;
  const fields = Object.entries(weights).map(([field, weight]) => `${field}^${weight}`);
  // An expression is a whole number: the factor keeps small scores apart.
  const rank = `1000000*_score*(1+log10(1+max(0,${popularityField}))/4)`;
  return {
    query: `(or ${exact} (and ${all}))`,
    queryParser: 'structured',
    queryOptions: JSON.stringify({ fields }),
    expr: JSON.stringify({ rank }),
    sort: 'rank desc,_id asc',
    return: '_all_fields,rank',
    size: limit,
  };
};

/** A string literal of the structured query language. */
const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
