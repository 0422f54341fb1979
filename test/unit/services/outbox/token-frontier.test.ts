import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TokenFrontier } from '../../../../services/outbox/token-frontier.ts';

describe('TokenFrontier', () => {
  it('stays where it began until the first row is acknowledged', () => {
    const frontier = new TokenFrontier('t0');
    frontier.opened('a', 't1');
    expect(frontier.token).toBe('t0');
    frontier.settled('a');
    expect(frontier.token).toBe('t1');
  });

  it('moves over contiguous rows only, in whatever order they are acknowledged', () => {
    const frontier = new TokenFrontier(null);
    for (const [id, token] of [
      ['a', 't1'],
      ['b', 't2'],
      ['c', 't3'],
    ] as const)
      frontier.opened(id, token);
    frontier.settled('b');
    expect(frontier.token).toBeNull();
    frontier.settled('a');
    expect(frontier.token).toBe('t2');
    frontier.settled('c');
    expect(frontier.token).toBe('t3');
  });

  it('takes the token of an idle feed at once when nothing is outstanding, and in turn otherwise', () => {
    const frontier = new TokenFrontier(null);
    frontier.passed('t1');
    expect(frontier.token).toBe('t1');
    frontier.opened('a', 't2');
    frontier.passed('t3');
    expect(frontier.token).toBe('t1');
    frontier.settled('a');
    expect(frontier.token).toBe('t3');
  });

  it('does not move over a row that was found elsewhere, either', () => {
    const frontier = new TokenFrontier(null);
    frontier.found('swept');
    frontier.passed('t1');
    expect(frontier.token).toBeNull();
    frontier.opened('a', 't2');
    frontier.settled('a');
    expect(frontier.token).toBeNull();
    frontier.settled('swept');
    expect(frontier.token).toBe('t2');
  });

  it('ignores what it does not know, and takes a row that it is given twice once', () => {
    const frontier = new TokenFrontier('t0');
    frontier.settled('unknown');
    frontier.opened('a', 't1');
    frontier.opened('b', 't2');
    frontier.opened('a', 't3');
    frontier.settled('a');
    expect(frontier.token).toBe('t1');
    frontier.settled('b');
    expect(frontier.token).toBe('t3');
  });

  it('knows what is on its way, from wherever it came', () => {
    const frontier = new TokenFrontier('t0');
    frontier.found('swept');
    expect(frontier.opened('a', 't1')).toBe(true);
    expect(frontier.opened('swept', 't2')).toBe(false);
    expect(frontier.opened('a', 't3')).toBe(false);
    expect([frontier.has('swept'), frontier.has('a'), frontier.has('b')]).toEqual([true, true, false]);
    frontier.settled('swept');
    frontier.settled('a');
    expect([frontier.has('swept'), frontier.has('a')]).toEqual([false, false]);
    expect(frontier.token).toBe('t3');
  });

  it('never passes a row that is outstanding, and has passed all when none is', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(20)), { maxLength: 60 }), (actions) => {
        const frontier = new TokenFrontier('0');
        const outstanding: number[] = [];
        let opened = 0;
        for (const action of actions) {
          if (action === null || outstanding.length === 0) {
            opened += 1;
            outstanding.push(opened);
            frontier.opened(String(opened), String(opened));
          } else {
            const [id] = outstanding.splice(action % outstanding.length, 1);
            frontier.settled(String(id));
          }
          expect(Number(frontier.token)).toBe(Math.min(opened, ...outstanding.map((id) => id - 1)));
        }
      }),
    );
  });
});
