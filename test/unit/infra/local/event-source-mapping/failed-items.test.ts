import { describe, expect, it } from '@jest/globals';
import { reportedFailure } from '../../../../../infra/local/event-source-mapping/failed-items.ts';

const BATCH = ['100', '101', '102'];
const identifiers = (...ids: unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('reportedFailure', () => {
  it.each([
    ['no answer', undefined],
    ['a null answer', null],
    ['an empty answer', {}],
    ['an answer that is no object', 'done'],
    ['a null list', { batchItemFailures: null }],
    ['an empty list', { batchItemFailures: [] }],
  ])('takes %s for a success', (_, answer) => {
    expect(reportedFailure(answer, BATCH)).toBe('none');
  });

  it.each([
    ['an empty identifier', identifiers('')],
    ['a null identifier', identifiers(null)],
    ['an identifier of no record in the batch', identifiers('999')],
    ['an unknown identifier beside a known one', identifiers('101', '999')],
    ['an identifier under a wrong name', { batchItemFailures: [{ id: '101' }] }],
    ['an entry that is no object', { batchItemFailures: [null] }],
    ['a list that is none', { batchItemFailures: 'all of them' }],
  ])('takes %s for the failure of the whole batch', (_, answer) => {
    expect(reportedFailure(answer, BATCH)).toBe('all');
  });

  it('answers the lowest of several', () => {
    expect(reportedFailure(identifiers('102', '101'), BATCH)).toEqual({ from: 1 });
  });
});
