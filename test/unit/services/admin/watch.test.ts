import { describe, expect, it } from '@jest/globals';
import { readForAll, watch } from '../../../../services/admin/watch.ts';
import { VirtualClock } from '../../../../services/core/index.ts';

describe('watch', () => {
  it('tells what it reads first, and then what differs, until the signal aborts', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const values = [1, 1, 1, 2, 2, 3];
    const told: number[] = [];
    const read = async () => values.shift() ?? 3;
    const watching = (async () => {
      for await (const value of watch({ read, everyMs: 1_000, clock, signal: stop.signal })) told.push(value);
    })();
    await clock.advance(2_000);
    expect(told).toEqual([1]);
    await clock.advance(8_000);
    expect(told).toEqual([1, 2, 3]);
    stop.abort();
    await watching;
  });
});

describe('readForAll', () => {
  it('reads a name once for all who ask within the time', async () => {
    const clock = new VirtualClock();
    const reads: string[] = [];
    const read = readForAll(
      async (name) => {
        reads.push(name);
        return name;
      },
      { clock, forMs: 500 },
    );
    expect(await Promise.all([read('a'), read('a'), read('b')])).toEqual(['a', 'a', 'b']);
    await clock.advance(499);
    await read('a');
    expect(reads).toEqual(['a', 'b']);
    await clock.advance(1);
    await read('a');
    expect(reads).toEqual(['a', 'b', 'a']);
  });

  it('keeps no failure', async () => {
    let isAway = true;
    const read = readForAll(
      async () => {
        if (isAway) throw new Error('away');
        return 'here';
      },
      { clock: new VirtualClock(), forMs: 500 },
    );
    await expect(read('a')).rejects.toThrow('away');
    isAway = false;
    expect(await read('a')).toBe('here');
  });
});
