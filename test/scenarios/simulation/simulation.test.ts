import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { checkSchedules } from './check-schedules.ts';
import { scheduleArbitrary } from './schedule.ts';
import { runSchedule } from './world.ts';

describe('the publishing of a monolith and its projections, simulated', () => {
  it(
    'keep every invariant under 5,000 schedules of faults',
    async () => {
      const { counterexample, schedules } = await checkSchedules({ schedules: 5_000, seed: 7 });
      expect(counterexample).toBeUndefined();
      expect(schedules).toBe(5_000);
    },
    10 * 60_000,
  );

  it(
    'keep them without the sweeper, where no token is lost',
    async () => {
      const { counterexample } = await checkSchedules({ schedules: 500, seed: 8, withoutSweeper: true });
      expect(counterexample).toBeUndefined();
    },
    2 * 60_000,
  );

  it('are the same history whenever the same schedule runs', async () => {
    const schedules = fc.sample(scheduleArbitrary({ withLostHistory: true }), { seed: 9, numRuns: 20 });
    for (const schedule of schedules) {
      const [first, again] = [await digestOf(schedule), await digestOf(schedule)];
      expect(again).toEqual(first);
      expect(first.lines).toBeGreaterThan(10);
    }
  });

  it('come to violations by a seed and a path again, as small as it gets', async () => {
    const hunt = { seed: 7, mutant: 'no-floor' } as const;
    const { counterexample } = await checkSchedules({ ...hunt, schedules: 500 });
    const again = await checkSchedules({ ...hunt, schedules: 1, path: counterexample?.path ?? 'none' });
    expect(counterexample?.violations.length).toBeGreaterThan(0);
    expect(counterexample?.schedule.actions.length).toBeLessThan(10);
    expect(again.counterexample?.schedule).toEqual(counterexample?.schedule);
    expect(again.counterexample?.violations).toEqual(counterexample?.violations);
  }, 120_000);
});

const digestOf = async (schedule: Parameters<typeof runSchedule>[0]) => {
  const hash = createHash('sha256');
  let lines = 0;
  const note = (line: string) => {
    hash.update(`${line}\n`);
    lines += 1;
  };
  await runSchedule(schedule, { note });
  return { lines, digest: hash.digest('hex') };
};
