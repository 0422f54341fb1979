import type { Readings } from '../metrics/readings.ts';

/** What both sides did in the last of the short windows that a step is cut into. */
export interface RecentReadings extends Readings {
  /** Which window it is: the first since the dial was turned is 0. */
  readonly index: number;
}

/** What both sides did since a dial was turned. */
export interface StepReadings extends Readings {
  /** Absent while it is the same as the step. */
  readonly recent?: RecentReadings;
}

/** What both sides did since a moment, of a source that can be asked for any. */
export interface ReadingsSource {
  since(route: string, sinceMs: number): Promise<StepReadings>;
}
