import { expect, it } from '@jest/globals';
import { huntMutants } from './hunt-mutants.ts';
import { MUTANTS } from './mutant.ts';

it(
  'every known-bad variant is caught by the simulation',
  async () => {
    const caught: string[] = [];
    for await (const { mutant, schedules } of huntMutants({ schedules: 5_000, seed: 7 })) {
      if (schedules !== undefined) caught.push(mutant.name);
    }
    expect(caught).toEqual(MUTANTS.map(({ name }) => name));
  },
  10 * 60_000,
);
