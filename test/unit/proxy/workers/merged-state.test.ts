import { describe, expect, it } from '@jest/globals';
import type { AdminState } from '../../../../proxy/admin/admin-state.ts';
import { NO_TOTALS, type RouteTotals } from '../../../../proxy/metrics/readings.ts';
import type { ShadowReport } from '../../../../proxy/shadow/shadow-record.ts';
import { mergedState } from '../../../../proxy/workers/merged-state.ts';

const state = (given: Partial<AdminState>): AdminState => ({
  storeAway: null,
  weights: {},
  readings: {},
  shadow: {},
  ...given,
});

const totals = (requests: number): RouteTotals => ({
  control: { ...NO_TOTALS, requests },
  candidate: NO_TOTALS,
  shadow: { compared: 0, mismatched: 0 },
  saturated: 1,
});

const report = (given: Partial<ShadowReport>): ShadowReport => ({
  compared: 10,
  mismatched: 1,
  controlPairs: 5,
  skipped: { full: 1 },
  fields: [],
  ...given,
});

const field = (name: string, differed: number, atMs: readonly number[]) => ({
  field: name,
  differed,
  differedInControl: 0,
  noise: false,
  samples: atMs.map((at) => ({ atMs: at, kind: 'value' as const, control: 1, candidate: 2 })),
});

describe('what workers show together', () => {
  it('is nothing of nobody', () => {
    expect(mergedState([])).toEqual(state({}));
  });

  it('is the sum of what each has counted, also of a dial that only one has', () => {
    const { readings } = mergedState([
      state({ readings: { a: totals(2) } }),
      state({ readings: { a: totals(3), b: totals(4) } }),
    ]);
    expect(readings).toMatchObject({
      a: { control: { requests: 5 }, saturated: 2 },
      b: { control: { requests: 4 } },
    });
  });

  it('is the weight that was confirmed the longest ago, or never, since that one may lag', () => {
    const weight = (weightPercent: number, ageMs: number | null) =>
      state({ weights: { a: { weightPercent, setAtMs: 1, ageMs } } });
    expect(mergedState([weight(5, 10), weight(1, 900), weight(5, 20)]).weights.a?.weightPercent).toBe(1);
    expect(mergedState([weight(0, null), weight(5, 10)]).weights.a?.weightPercent).toBe(0);
  });

  it('says that the control store is away when it is for one of them', () => {
    expect(mergedState([state({}), state({ storeAway: 'late' })]).storeAway).toBe('late');
  });

  it('joins reports of the shadow by field, with the newest samples of all', () => {
    const { shadow } = mergedState([
      state({ shadow: { a: report({ fields: [field('body.x', 1, [1, 5])] }) } }),
      state({ shadow: { a: report({ fields: [field('body.y', 2, [2]), field('body.x', 4, [3, 4])] }) } }),
    ]);
    expect(shadow.a).toMatchObject({ compared: 20, mismatched: 2, controlPairs: 10, skipped: { full: 2 } });
    expect(shadow.a?.fields.map(({ field: name, differed }) => [name, differed])).toEqual([
      ['body.x', 5],
      ['body.y', 2],
    ]);
    expect(shadow.a?.fields[0]?.samples.map(({ atMs }) => atMs)).toEqual([3, 4, 5]);
  });
});
