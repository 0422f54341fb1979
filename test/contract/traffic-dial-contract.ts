import { beforeEach, describe, expect, it } from '@jest/globals';
import type { TrafficDial } from '../../proxy/ramp/traffic-dial.ts';
import { UsageError } from '../../services/core/index.ts';
import { RevisionConflictError } from '../../services/store/control-store.ts';

/** What every dial promises. `makeDial` gives one on which no route was ever turned. */
export const describeTrafficDial = (name: string, makeDial: () => Promise<TrafficDial>): void => {
  describe(`${name} as a TrafficDial`, () => {
    let dial: TrafficDial;
    beforeEach(async () => {
      dial = await makeDial();
    });
    const to = (weightPercent: number, expectedRevision: number | 'any') => ({
      weightPercent,
      by: 'ann',
      why: 'because',
      expectedRevision,
    });

    it('reads 0 while nobody has turned it', async () => {
      expect(await dial.read('r')).toMatchObject({ weightPercent: 0, setAtMs: undefined });
    });

    it('reads what was set, by whom and why', async () => {
      const { revision } = await dial.read('r');
      const set = await dial.set('r', to(12.34, revision));
      expect(set).toMatchObject({ weightPercent: 12.34, by: 'ann', why: 'because' });
      expect(set.setAtMs).toBeGreaterThan(0);
      expect(await dial.read('r')).toEqual(set);
    });

    it('keeps routes apart', async () => {
      await dial.set('r', to(5, 'any'));
      expect((await dial.read('other')).weightPercent).toBe(0);
    });

    it('lets only the first of two operators turn it', async () => {
      const { revision } = await dial.read('r');
      await dial.set('r', to(5, revision));
      await expect(dial.set('r', to(50, revision))).rejects.toThrow(RevisionConflictError);
      expect((await dial.read('r')).weightPercent).toBe(5);
    });

    it('lets a rollback through in any case', async () => {
      await dial.set('r', to(5, 'any'));
      await dial.set('r', to(0, 'any'));
      expect((await dial.read('r')).weightPercent).toBe(0);
    });

    it.each([-1, 100.01, 0.001, Number.NaN])('refuses %d, which is no weight', async (weightPercent) => {
      await expect(dial.set('r', to(weightPercent, 'any'))).rejects.toThrow(UsageError);
    });
  });
};
