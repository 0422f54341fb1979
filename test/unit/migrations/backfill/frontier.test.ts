import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Frontier } from '../../../../migrations/backfill/frontier.ts';

describe('the frontier of a partition', () => {
  it('passes a batch as soon as everything before it was acknowledged', () => {
    const frontier = new Frontier<number>();
    const [a, b, c] = ['a', 'b', 'c'].map((position) => frontier.begin(position)) as [never, never, never];
    expect(frontier.acknowledge(b, 2)).toEqual([]);
    expect(frontier.acknowledge(a, 1)).toEqual([
      { position: 'a', counts: 1 },
      { position: 'b', counts: 2 },
    ]);
    expect(frontier.acknowledge(c, 3)).toEqual([{ position: 'c', counts: 3 }]);
  });

  it('never passes a batch that was not acknowledged, whatever the order of the others (law 7)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }).chain((n) =>
          fc.tuple(
            fc.shuffledSubarray(
              Array.from({ length: n }, (_, i) => i),
              { minLength: n, maxLength: n },
            ),
            fc.integer({ min: 0, max: n }),
          ),
        ),
        ([order, acknowledgedCount]) => {
          const frontier = new Frontier<number>();
          const tickets = order.map((_, i) => frontier.begin(String(i)));
          const acknowledged = new Set(order.slice(0, acknowledgedCount));
          const passed = [...acknowledged].flatMap((i) => {
            const ticket = tickets[i];
            return ticket ? frontier.acknowledge(ticket, i).map(({ counts }) => counts) : [];
          });
          const firstGap = order.map((_, i) => i).find((i) => !acknowledged.has(i)) ?? order.length;
          expect(passed).toEqual(Array.from({ length: firstGap }, (_, i) => i));
        },
      ),
    );
  });
});
