import { median } from './rounds.ts';

/** What a figure has to reach to pass. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One line of a bench's table, and one entry of its JSON. */
export interface Figure {
  readonly figure: string;
  /** The median over the rounds. */
  readonly value: number;
  readonly unit: string;
  /** The peer; `null` when nothing is compared. */
  readonly against: string | null;
  /** To the peer: the median of the rounds' ratios, since a round's two runs share the machine's mood. */
  readonly ratio: number | null;
  /** For a person: `≥ 0.5 ×`, `≤ 10 ms`; `null` for a figure that is only shown. */
  readonly goal: string | null;
  readonly pass: boolean | null;
}

/** A figure by itself; with a goal, one for its value. `values` has one value a round. */
export const measured = (options: {
  figure: string;
  unit: string;
  values: readonly number[];
  goal?: Goal;
}): Figure => {
  const { figure, unit, values, goal } = options;
  const value = median(values);
  const judged = goal ? { goal: goalText(goal, unit), pass: reaches(value, goal) } : NO_GOAL;
  return { figure, value, unit, against: null, ratio: null, ...judged };
};

/** A figure beside its peer's, of the same rounds in the same order; with a goal, one for the ratio. */
export const compared = (options: {
  figure: string;
  unit: string;
  values: readonly number[];
  against: string;
  peerValues: readonly number[];
  goal?: Goal;
}): Figure => {
  const { figure, unit, values, against, peerValues, goal } = options;
  const ratio = median(values.map((value, round) => value / (peerValues[round] ?? Number.NaN)));
  const judged = goal ? { goal: goalText(goal, '×'), pass: reaches(ratio, goal) } : NO_GOAL;
  return { figure, value: median(values), unit, against, ratio, ...judged };
};

const NO_GOAL = { goal: null, pass: null };

/** Not a number reaches nothing: no data is not success (law 9). */
const reaches = (value: number, goal: Goal): boolean =>
  'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;

const goalText = (goal: Goal, unit: string): string =>
  'atLeast' in goal ? `≥ ${goal.atLeast} ${unit}` : `≤ ${goal.atMost} ${unit}`;
