import { describe, expect, it } from '@jest/globals';
import { rankedQuery } from '../../../../services/search/opensearch-query.ts';
import { personRanking } from '../../../contract/searches-contract.ts';

describe("a person's query for OpenSearch", () => {
  it('is none without a word', () => {
    expect(rankedQuery({ text: ' -*() ' }, personRanking)).toBeUndefined();
  });

  it('wants every word, the last one perhaps as a beginning, and puts the exact whole on top', () => {
    const { function_score } = rankedQuery({ text: ' Ann o" ' }, personRanking) as {
      function_score: { query: unknown };
    };
    const worth = (boost: number, filter: object) => ({ constant_score: { filter, boost } });
    expect(function_score.query).toEqual({
      bool: {
        must: [
          {
            bool: {
              should: [worth(8, { match: { nick: 'Ann' } }), worth(2, { match: { name: 'Ann' } })],
              minimum_should_match: 1,
            },
          },
          {
            bool: {
              should: [
                worth(8, { match: { nick: 'o' } }),
                worth(2, { match: { name: 'o' } }),
                worth(4, { match_bool_prefix: { nick: 'o' } }),
                worth(1, { match_bool_prefix: { name: 'o' } }),
              ],
              minimum_should_match: 1,
            },
          },
        ],
        should: [worth(10_000, { term: { 'nick.exact': 'Ann o"' } })],
      },
    });
  });
});
