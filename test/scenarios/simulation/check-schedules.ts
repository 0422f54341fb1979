import * as fc from 'fast-check';
import type { MutantName } from './mutant.ts';
import { type Schedule, scheduleArbitrary } from './schedule.ts';
import { runSchedule } from './world.ts';

export interface CheckOptions {
  readonly schedules: number;
  /** The same seed gives the same schedules. */
  readonly seed: number;
  /** Of a counterexample of that seed: runs it alone. */
  readonly path?: string | undefined;
  readonly mutant?: MutantName | undefined;
  /** Without the sweeper, and without what only a sweeper can mend. */
  readonly withoutSweeper?: boolean;
  /** Optional: defaults to true. Whether a failing schedule is made as small as it gets. */
  readonly shrink?: boolean;
  /** Told after each schedule. */
  readonly onSchedule?: () => void;
}

export interface Counterexample {
  readonly schedule: Schedule;
  readonly violations: readonly string[];
  /** With the seed, it leads to this schedule. */
  readonly path: string;
}

export interface CheckResult {
  /** How many schedules ran, the last one being the one that failed. */
  readonly schedules: number;
  readonly counterexample: Counterexample | undefined;
}

/** Runs schedules until one breaks an invariant, and makes that one as small as it gets. */
export const checkSchedules = async (options: CheckOptions): Promise<CheckResult> => {
  const { schedules, seed, path, mutant, withoutSweeper = false, shrink = true, onSchedule } = options;
  const property = fc.asyncProperty(
    scheduleArbitrary({ withLostHistory: !withoutSweeper }),
    async (schedule) => {
      const violations = await runSchedule(schedule, { mutant, withoutSweeper });
      onSchedule?.();
      return violations.length === 0;
    },
  );
  const details = await fc.check(property, {
    ...{ numRuns: schedules, seed, endOnFailure: !shrink },
    ...(path === undefined ? {} : { path }),
  });
  const schedule = details.counterexample?.[0];
  if (!schedule) return { schedules: details.numRuns, counterexample: undefined };
  const violations = await runSchedule(schedule, { mutant, withoutSweeper });
  const counterexample = { schedule, violations, path: details.counterexamplePath ?? '' };
  return { schedules: details.numRuns, counterexample };
};
