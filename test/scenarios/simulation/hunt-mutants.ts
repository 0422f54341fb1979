import { checkSchedules } from './check-schedules.ts';
import { MUTANTS, type Mutant } from './mutant.ts';

/** A mutant, and how it was found out. */
export interface Hunted {
  readonly mutant: Mutant;
  /** Schedules until one broke an invariant; `undefined` for one that got away. */
  readonly schedules: number | undefined;
  /** The first invariant that it broke. */
  readonly violation: string | undefined;
}

/** Runs schedules against each mutant until it is caught, `schedules` of them at most. */
export async function* huntMutants(options: { schedules: number; seed: number }): AsyncIterable<Hunted> {
  for (const mutant of MUTANTS as readonly Mutant[]) {
    const { schedules, counterexample } = await checkSchedules({
      ...options,
      mutant: mutant.name,
      withoutSweeper: mutant.without === 'sweeper',
      shrink: false,
    });
    yield {
      mutant,
      schedules: counterexample ? schedules : undefined,
      violation: counterexample?.violations[0],
    };
  }
}
