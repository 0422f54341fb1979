import { z } from 'zod';
import { UsageError } from '../../services/core/index.ts';

/** Whether `value` is a weight: 0 to 100 per cent in steps of 0.01. */
export const isWeightPercent = (value: number): boolean =>
  value >= 0 && value <= 100 && Math.abs(value * 100 - Math.round(value * 100)) < 1e-6;

/** A weight as it stands in the control store under `weight:<dial>`. */
export const storedWeightSchema = z.object({
  weightPercent: z.number().refine(isWeightPercent, 'is 0 to 100 in steps of 0.01'),
  setAtMs: z.number(),
  by: z.string(),
  why: z.string(),
  /** Set by a rollback, until the dial is turned again: nobody goes to the candidate, whatever else speaks for it. */
  rolledBack: z.boolean().optional(),
});

export type StoredWeight = z.infer<typeof storedWeightSchema>;

/** One entry of the append-only log `canary:<dial>`; its time is the log's. */
export interface WeightChange {
  readonly fromPercent: number;
  readonly toPercent: number;
  readonly by: string;
  readonly why: string;
}

/** What a dial is called: a route's by its name, a cohort's within it by both, as `profiles:beta`. */
export const dialName = (route: string, cohort?: string): string =>
  cohort === undefined ? route : `${route}:${cohort}`;

export const weightKey = (dial: string): string => `weight:${dial}`;
export const weightLog = (dial: string): string => `canary:${dial}`;

/** Reads a weight that a person typed: `25`, `0.01`, `12.5%`. @throws UsageError */
export const parseWeightPercent = (text: string): number => {
  const number = /^\d{1,3}(\.\d+)?$/.exec(text.trim().replace(/\s*%$/, ''));
  const value = number ? Number(number[0]) : Number.NaN;
  if (isWeightPercent(value)) return Math.round(value * 100) / 100;
  throw new UsageError(`"${text}" is not a weight: give a percentage from 0 to 100 in steps of 0.01`);
};
