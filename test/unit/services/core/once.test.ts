import { describe, expect, it } from '@jest/globals';
import { once } from '../../../../services/core/once.ts';

describe('what is made once', () => {
  it('is made when it is first asked for, and is the same for all who ask meanwhile and afterwards', async () => {
    let made = 0;
    const get = once(async () => {
      made += 1;
      return { made };
    });
    expect(made).toBe(0);
    const [first, second] = await Promise.all([get(), get()]);
    expect([second === first, (await get()) === first, made]).toEqual([true, true, 1]);
  });

  it('is made anew after it failed', async () => {
    const outcomes = [new Error('away'), 'made'];
    const get = once(async () => {
      const outcome = outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      return outcome;
    });
    await expect(get()).rejects.toThrow('away');
    expect(await get()).toBe('made');
  });
});
