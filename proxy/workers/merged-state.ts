import type { AdminState, ShownWeight } from '../admin/admin-state.ts';
import type { RouteTotals } from '../metrics/readings.ts';
import { sumOfTotals } from '../readings/sum-of-totals.ts';
import { isNoise } from '../shadow/noise.ts';
import type { FieldReport, ShadowReport } from '../shadow/shadow-record.ts';

const MAX_SAMPLES = 3;

/**
 * What several workers show as one proxy: counters are summed, and of what each has for itself the worst is shown, as the
 * weight that was confirmed the longest ago.
 */
export const mergedState = (states: readonly AdminState[]): AdminState => ({
  storeAway: states.find(({ storeAway }) => storeAway !== null)?.storeAway ?? null,
  weights: mergeBy(
    states.map(({ weights }) => weights),
    olderWeight,
  ),
  readings: mergeBy(
    states.map(({ readings }) => readings),
    summed,
  ),
  shadow: mergeBy(
    states.map(({ shadow }) => shadow),
    mergedReport,
  ),
});

const mergeBy = <T>(
  all: readonly { readonly [name: string]: T }[],
  merge: (a: T, b: T) => T,
): { [name: string]: T } => {
  const merged: { [name: string]: T } = {};
  for (const each of all) {
    for (const [name, value] of Object.entries(each)) {
      const before = merged[name];
      merged[name] = before === undefined ? value : merge(before, value);
    }
  }
  return merged;
};

const olderWeight = (a: ShownWeight, b: ShownWeight): ShownWeight =>
  (a.ageMs ?? Number.POSITIVE_INFINITY) >= (b.ageMs ?? Number.POSITIVE_INFINITY) ? a : b;

const summed = (a: RouteTotals, b: RouteTotals): RouteTotals => sumOfTotals(a, b) ?? a;

const mergedReport = (a: ShadowReport, b: ShadowReport): ShadowReport => {
  const compared = a.compared + b.compared;
  const controlPairs = a.controlPairs + b.controlPairs;
  const fields = mergeBy([byField(a), byField(b)], mergedField);
  return {
    compared,
    mismatched: a.mismatched + b.mismatched,
    controlPairs,
    skipped: mergeBy([a.skipped, b.skipped], (one, other) => one + other),
    fields: Object.values(fields)
      .map((field) => ({ ...field, noise: isNoise({ ...field, compared, controlPairs }) }))
      .sort((one, other) => Number(one.noise) - Number(other.noise) || other.differed - one.differed),
  };
};

const byField = ({ fields }: ShadowReport): { [field: string]: FieldReport } =>
  Object.fromEntries(fields.map((report) => [report.field, report]));

const mergedField = (a: FieldReport, b: FieldReport): FieldReport => ({
  ...a,
  differed: a.differed + b.differed,
  differedInControl: a.differedInControl + b.differedInControl,
  samples: [...a.samples, ...b.samples].sort((one, other) => one.atMs - other.atMs).slice(-MAX_SAMPLES),
});
