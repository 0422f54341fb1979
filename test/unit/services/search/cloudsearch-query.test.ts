import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseStructured } from '../../../../infra/local/cloudsearch/structured-query.ts';
import { rankedSearch } from '../../../../services/search/cloudsearch-query.ts';
import { userSearchRanking } from '../../../../services/search/user-search-document.ts';
import { wordsOf } from '../../../../services/search/words-of.ts';

const request = (text: string) => rankedSearch({ text, limit: 20 }, userSearchRanking);
const term = (text: string) => expect.objectContaining({ kind: 'match', how: 'term', field: null, text });

describe('rankedSearch', () => {
  it('asks for nothing when there is no word', () => {
    expect(request(' *() ')).toBeUndefined();
  });

  it('weighs the fields and multiplies by popularity', () => {
    expect(request('Ann Le')).toMatchObject({
      queryParser: 'structured',
      queryOptions: '{"fields":["username^50","first_name^1","last_name^1"]}',
      expr: '{"rank":"1000000*_score*(1+log10(1+max(0,followers))/4)"}',
      sort: 'rank desc,_id asc',
      size: 20,
    });
  });

  it('keeps its shape whatever a person types', () => {
    const typed = fc.string({ unit: fc.constantFrom(...'aB é\'"\\()*|+-~:[]{}=,;\n'), maxLength: 40 });
    fc.assert(
      fc.property(typed, (text) => {
        const words = wordsOf(text);
        const last = words.at(-1);
        if (last === undefined) return expect(request(text)).toBeUndefined();
        return expect(parseStructured(request(text)?.query ?? '', 'and')).toEqual({
          kind: 'or',
          boost: 1,
          children: [
            {
              kind: 'match',
              how: 'term',
              field: 'exact_key',
              boost: 10_000,
              text: text.trim().toLowerCase(),
            },
            {
              kind: 'and',
              boost: 1,
              children: [
                ...words.slice(0, -1).map(term),
                {
                  kind: 'or',
                  boost: 1,
                  children: [term(last), { kind: 'match', how: 'prefix', field: null, text: last, boost: 1 }],
                },
              ],
            },
          ],
        });
      }),
    );
  });
});
