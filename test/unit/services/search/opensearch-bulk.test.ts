import { describe, expect, it } from '@jest/globals';
import { RejectError } from '../../../../services/core/index.ts';
import { bulksOf, outcomeOf } from '../../../../services/search/opensearch-bulk.ts';

const item = (at: number, bytes: number) => ({ at, bytes, lines: '' });
const sizes = (bytes: number[], maxBytes: number) =>
  bulksOf(
    bytes.map((one, at) => item(at, one)),
    maxBytes,
  ).map((bulk) => bulk.map((one) => one.bytes));

describe('bulks of OpenSearch', () => {
  it('hold as many records, in their order, as the bytes allow', () => {
    expect(sizes([4, 4, 2, 5, 5, 1], 10)).toEqual([[4, 4, 2], [5, 5], [1]]);
  });

  it('hold a record alone that is larger than a bulk may be', () => {
    expect(sizes([1, 20, 1], 10)).toEqual([[1], [20], [1]]);
    expect(sizes([20], 10)).toEqual([[20]]);
  });

  it('are none for no records', () => {
    expect(sizes([], 10)).toEqual([]);
  });
});

describe("an item's answer", () => {
  it.each([
    [200, 'written'],
    [201, 'written'],
    [409, 'stale'],
    [429, 'busy'],
    [500, 'busy'],
    [503, 'busy'],
    [403, 'failed'],
    [404, 'failed'],
  ])('of %d is %s', (status, outcome) => {
    expect(outcomeOf({ status })).toBe(outcome);
  });

  it('of 400 is a reject that says which field, and why', () => {
    const error = {
      type: 'mapper_parsing_exception',
      reason: 'failed to parse field [followers]',
      caused_by: { type: 'illegal_argument_exception', reason: 'For input string: "many"' },
    };
    const outcome = outcomeOf({ status: 400, error });
    expect(outcome).toBeInstanceOf(RejectError);
    expect((outcome as RejectError).message).toBe(
      'OpenSearch refuses the document: mapper_parsing_exception: failed to parse field [followers] (illegal_argument_exception: For input string: "many")',
    );
  });
});
