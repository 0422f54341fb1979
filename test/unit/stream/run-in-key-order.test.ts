import { describe, expect, it } from '@jest/globals';
import pLimit from 'p-limit';
import { runInKeyOrder } from '../../../services/stream/run-in-key-order.ts';

const keyOf = (item: string) => item.slice(0, 1);
const turn = () => new Promise<void>((resume) => setImmediate(resume));

describe('runInKeyOrder', () => {
  it('answers the results in the order of the items', async () => {
    const run = async (item: string) => {
      if (item === 'a1') await turn();
      return item.toUpperCase();
    };
    const items = ['a1', 'b1', 'a2', 'c1'];
    expect(await runInKeyOrder({ items, keyOf, limit: pLimit(8), run })).toEqual(['A1', 'B1', 'A2', 'C1']);
  });

  it('runs one key in order, and different keys at once', async () => {
    const log: string[] = [];
    const run = async (item: string) => {
      log.push(`+${item}`);
      await turn();
      log.push(`-${item}`);
    };
    await runInKeyOrder({ items: ['a1', 'a2', 'b1'], keyOf, limit: pLimit(8), run });
    expect(log.indexOf('+a2')).toBeGreaterThan(log.indexOf('-a1'));
    expect(log.indexOf('+b1')).toBeLessThan(log.indexOf('-a1'));
  });

  it('has no more keys under way than the limit has room for, over several calls', async () => {
    const limit = pLimit(2);
    let running = 0;
    let most = 0;
    const run = async () => {
      most = Math.max(most, ++running);
      await turn();
      running -= 1;
    };
    const call = (items: string[]) => runInKeyOrder({ items, keyOf, limit, run });
    await Promise.all([call(['a', 'b', 'c']), call(['d', 'e', 'f'])]);
    expect(most).toBe(2);
  });

  it('throws the first failure once nothing runs any more, having started nothing after it', async () => {
    const finished: string[] = [];
    const run = async (item: string) => {
      if (item === 'b1') throw new Error('b1 failed');
      await turn();
      finished.push(item);
    };
    const items = ['a1', 'a2', 'b1', 'b2', 'c1'];
    await expect(runInKeyOrder({ items, keyOf, limit: pLimit(2), run })).rejects.toThrow('b1 failed');
    expect(finished).toEqual(['a1']);
  });

  it('answers nothing for nothing', async () => {
    expect(await runInKeyOrder({ items: [], keyOf, limit: pLimit(1), run: async () => 1 })).toEqual([]);
  });
});
