import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  LATENCY_BOUNDS_MS,
  NO_READINGS,
  type Readings,
  type SideReadings,
} from '../../../../proxy/metrics/readings.ts';
import { judge } from '../../../../proxy/ramp/judge.ts';
import { logEValueAbove, logEValueBelow, logEValueOfSides } from '../../../../proxy/ramp/judge-e-values.ts';
import type { GuardName } from '../../../../proxy/ramp/judge-evidence.ts';
import { rampPlanSchema } from '../../../../proxy/ramp/ramp-plan.ts';
import { seededRandom } from '../../../scenarios/simulation/random.ts';

const STEPS = [{ weightPercent: 5, bakeMs: 0 }];
const guardsOf = (guards: object = {}) => rampPlanSchema.parse({ steps: STEPS, guards }).guards;
const verdictOf = (readings: Readings, guard: GuardName, guards = guardsOf()) =>
  judge(guards, readings, 1).find((evidence) => evidence.guard === guard)?.verdict;

/** How many of `runs` simulated streams ever reach evidence of 1/alpha, looked at after each of `looks` events. */
const alarms = (options: {
  runs: number;
  looks: number;
  alpha: number;
  /** Makes one run's stream: each call is one event, and answers the evidence after it, or nothing where it fell. */
  stream: (random: () => number) => () => number | undefined;
}): number => {
  const { runs, looks, alpha, stream } = options;
  let alarmed = 0;
  for (let run = 0; run < runs; run++) {
    const next = stream(seededRandom(run + 1));
    for (let look = 0; look < looks; look++) {
      if ((next() ?? Number.NEGATIVE_INFINITY) >= -Math.log(alpha)) {
        alarmed++;
        break;
      }
    }
  }
  return alarmed;
};

/** Failures of users, each the candidate's as often as `ratio` times the control's makes it. */
const sidesStream =
  (share: number, ratio: number, maxRatio = 1) =>
  (random: () => number) => {
    let [control, candidate] = [0, 0];
    const chance = (ratio * share) / (ratio * share + 1 - share);
    return () => {
      if (random() >= chance) {
        control++;
        return undefined;
      }
      candidate++;
      return logEValueOfSides({ control, candidate, candidateShare: share, maxRatio });
    };
  };

const trialsStream =
  (evidence: typeof logEValueAbove, chance: number, limit: number) => (random: () => number) => {
    let [hits, trials] = [0, 0];
    return () => {
      trials++;
      const hit = random() < chance;
      if (hit) hits++;
      if (hit !== (evidence === logEValueAbove)) return undefined;
      return evidence({ hits, trials, limit });
    };
  };

describe('the evidence that failures fall on the candidate', () => {
  it.each([0.05, 0.5])(
    'raises false alarms in at most 5 %% of 1,000 A/A runs at a share of %d, asked after every failure',
    (share) => {
      const raised = alarms({ runs: 1_000, looks: 200, alpha: 0.05, stream: sidesStream(share, 1) });
      // 5 % and three standard deviations of 1,000 throws.
      expect(raised).toBeLessThanOrEqual(50 + 21);
    },
  );

  it('would raise them far oftener if every look were a test of its own', () => {
    // What Ville's inequality guards against: the same looks by a z-test at 5 %.
    const zTest = (random: () => number) => {
      let [all, candidate] = [0, 0];
      return () => {
        all++;
        if (random() < 0.05) candidate++;
        const z = (candidate - all * 0.05) / Math.sqrt(all * 0.05 * 0.95);
        return z > 1.645 ? Number.POSITIVE_INFINITY : 0;
      };
    };
    expect(alarms({ runs: 200, looks: 500, alpha: 0.05, stream: zTest })).toBeGreaterThan(60);
  });

  it.each([
    [2, 2_000],
    [5, 200],
    [10, 80],
  ])('finds a rate that is %d times the control’s within %d failures, at 1 %%', (ratio, looks) => {
    const found = alarms({ runs: 100, looks, alpha: 0.01, stream: sidesStream(0.05, ratio) });
    expect(found).toBeGreaterThanOrEqual(95);
  });

  it('allows the ratio that the guard allows', () => {
    const raised = alarms({ runs: 300, looks: 500, alpha: 0.05, stream: sidesStream(0.1, 2, 2) });
    expect(raised).toBeLessThanOrEqual(15 + 12);
  });

  it('is none where there is nothing to compare, and finite where there is much', () => {
    const counts = { control: 0, candidate: 1e6, maxRatio: 1 };
    expect(logEValueOfSides({ ...counts, candidateShare: 1 })).toBe(0);
    expect(logEValueOfSides({ ...counts, candidateShare: 0 })).toBe(0);
    expect(logEValueOfSides({ ...counts, candidateShare: 0.5 })).toBeGreaterThan(1e5);
    expect(Number.isFinite(logEValueOfSides({ ...counts, candidateShare: 0.5 }))).toBe(true);
  });

  it('grows with failures of the candidate and falls with those of the control', () => {
    const count = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(
        count,
        count,
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (control, candidate, share) => {
          const evidence = (more: { control?: number; candidate?: number }) =>
            logEValueOfSides({
              control: control + (more.control ?? 0),
              candidate: candidate + (more.candidate ?? 0),
              candidateShare: share,
              maxRatio: 1,
            });
          expect(evidence({ candidate: 1 })).toBeGreaterThan(evidence({}));
          expect(evidence({ control: 1 })).toBeLessThan(evidence({}));
        },
      ),
    );
  });

  it('is what one unit becomes on average, exactly: no more than one, whatever happens', () => {
    // All outcomes of a few throws, each with its chance.
    for (const share of [0.05, 0.3, 0.9]) {
      let mean = 0;
      for (let outcome = 0; outcome < 2 ** 8; outcome++) {
        const candidate = [...outcome.toString(2)].filter((bit) => bit === '1').length;
        const control = 8 - candidate;
        const chance = share ** candidate * (1 - share) ** control;
        mean +=
          chance * Math.exp(logEValueOfSides({ control, candidate, candidateShare: share, maxRatio: 1 }));
      }
      expect(mean).toBeCloseTo(1, 9);
    }
  });
});

describe('the evidence about a limit', () => {
  it.each([
    ['above', logEValueAbove],
    ['below', logEValueBelow],
  ] as const)('raises false alarms in at most 5 %% of 1,000 runs at the limit: %s', (_, evidence) => {
    const stream = trialsStream(evidence, 0.1, 0.1);
    expect(alarms({ runs: 1_000, looks: 200, alpha: 0.05, stream })).toBeLessThanOrEqual(50 + 21);
  });

  it('finds what is above it and what is below it', () => {
    const above = trialsStream(logEValueAbove, 0.06, 0.02);
    const below = trialsStream(logEValueBelow, 0.002, 0.02);
    expect(alarms({ runs: 100, looks: 1_500, alpha: 0.01, stream: above })).toBeGreaterThanOrEqual(95);
    expect(alarms({ runs: 100, looks: 1_500, alpha: 0.01, stream: below })).toBeGreaterThanOrEqual(95);
  });

  it('is none without trials, and sure where what was impossible happens', () => {
    expect(logEValueAbove({ hits: 0, trials: 0, limit: 0.01 })).toBeCloseTo(0, 12);
    expect(logEValueBelow({ hits: 0, trials: 0, limit: 0.01 })).toBeCloseTo(0, 12);
    expect(logEValueBelow({ hits: 50, trials: 50, limit: 0.01 })).toBeLessThan(-10);
  });
});

/** A side whose requests took so long. */
const took = (durationsMs: readonly number[]): SideReadings => ({
  requests: durationsMs.length,
  failures: 0,
  withinBounds: [...LATENCY_BOUNDS_MS, Number.POSITIVE_INFINITY].map(
    (bound) => durationsMs.filter((ms) => ms <= bound).length,
  ),
});
const times = (count: number, ms: number): number[] => new Array<number>(count).fill(ms);
const latency = (candidate: readonly number[], control: readonly number[], guards = {}) =>
  judge(guardsOf(guards), { ...NO_READINGS, candidate: took(candidate), control: took(control) }, 1)
    .filter(({ guard }) => guard === 'latency')
    .map(({ verdict }) => verdict);

describe('the judge of latency', () => {
  const quick = times(5_000, 90);

  it('finds a candidate that is slow throughout within a dozen requests', () => {
    expect(latency(times(12, 900), quick)).toContain('against');
  });

  it('finds a slow hundredth that is a tenth', () => {
    expect(latency([...times(900, 90), ...times(100, 900)], quick)).toEqual(['fine', 'against']);
  });

  it('allows the ratio, and what is quick anyway', () => {
    expect(latency(times(1_000, 190), quick)).toEqual(['fine', 'fine']);
    expect(latency(times(1_000, 240), times(5_000, 3))).toEqual(['fine', 'fine']);
    expect(latency(times(1_000, 240), times(5_000, 3), { latencyFloorMs: 10 })).toContain('against');
  });

  it('has nothing to say while the control is not known, or slow beyond measure', () => {
    expect(latency(times(1_000, 9_000), times(3, 1))).toEqual(['idle', 'idle']);
    expect(latency(times(1_000, 9_000), times(5_000, 20_000))).toEqual(['idle', 'idle']);
  });

  it('raises false alarms in at most 5 % of 100 A/A runs, asked after every twentieth request', () => {
    // Heavy tails, and no floor or ratio that would hide an alarm.
    const guards = guardsOf({ falseAlarmPercent: 20, maxLatencyRatio: 1, latencyFloorMs: 0 });
    let alarmed = 0;
    for (let run = 1; run <= 100; run++) {
      const random = seededRandom(run);
      const [control, candidate] = [counted(), counted()];
      const asked = (): boolean => {
        for (let at = 1; at <= 1_000; at++) {
          count(random() < 0.3 ? candidate : control, 20 / Math.sqrt(random()));
          if (at % 20 > 0) continue;
          const readings = { ...NO_READINGS, control, candidate };
          if (judge(guards, readings, 1).some((one) => one.guard === 'latency' && one.verdict === 'against'))
            return true;
        }
        return false;
      };
      if (asked()) alarmed++;
    }
    // A guard's share of 20 % is 5 %; three standard deviations of 100 throws.
    expect(alarmed).toBeLessThanOrEqual(5 + 7);
  });
});

const counted = () => ({ requests: 0, failures: 0, withinBounds: took([]).withinBounds.slice() });
const count = (side: { requests: number; withinBounds: number[] }, ms: number) => {
  side.requests++;
  for (let at = side.withinBounds.length - 1; at >= 0 && ms <= (LATENCY_BOUNDS_MS[at] ?? Infinity); at--)
    side.withinBounds[at] = (side.withinBounds[at] ?? 0) + 1;
};

describe('the judge', () => {
  const failed = (weightPercent: number, candidate: number, control: number, requests = 1_000): Readings => ({
    ...NO_READINGS,
    candidate: { ...NO_READINGS.candidate, requests, failures: candidate },
    control: { ...NO_READINGS.control, requests: weightPercent === 100 ? 0 : 10_000 },
    firstFailures: {
      weightPercent,
      candidate: { users: candidate, requests },
      control: { users: control, requests: 10_000 },
    },
  });

  it.each([
    [5, 12, 3, 'against'],
    [5, 3, 3, 'doubtful'],
    [5, 3, 57, 'fine'],
    [5, 0, 0, 'fine'],
    [50, 10, 11, 'fine'],
    [99, 40, 0, 'fine'],
    [100, 900, 0, 'idle'],
  ] as const)(
    'finds at %d %% of %d failures of the candidate and %d of the control: %s',
    (weight, candidate, control, verdict) => {
      expect(verdictOf(failed(weight, candidate, control), 'errors')).toBe(verdict);
    },
  );

  it('goes on with so few failures that nobody cares, however sure it is', () => {
    expect(verdictOf(failed(5, 40, 0, 40_001), 'errors')).toBe('fine');
    expect(verdictOf(failed(5, 40, 0, 40_000), 'errors')).toBe('against');
    expect(verdictOf(failed(5, 40, 0, 40_001), 'errors', guardsOf({ errorFloorPercent: 0 }))).toBe('against');
  });

  it('holds the candidate to a limit, also where there is little to compare with', () => {
    expect(verdictOf(failed(100, 900, 0), 'error-limit')).toBe('against');
    expect(verdictOf(failed(99, 200, 0), 'error-limit')).toBe('against');
    expect(verdictOf(failed(100, 40, 0), 'error-limit')).toBe('fine');
  });

  it('raises that limit for a control that fails as much', () => {
    expect(verdictOf(failed(50, 200, 2_000), 'error-limit')).toBe('fine');
    expect(verdictOf(failed(50, 400, 2_000), 'error-limit')).toBe('against');
    expect(verdictOf(failed(50, 990, 9_900), 'error-limit')).toBe('idle');
  });

  it('proves nothing where nobody counts', () => {
    expect(verdictOf(NO_READINGS, 'errors')).toBe('unproven');
  });

  it('asks for comparisons once mismatches are guarded, and weighs them', () => {
    const guards = guardsOf({ maxMismatchPercent: 1 });
    const shadow = (compared: number, mismatched: number) => ({
      ...NO_READINGS,
      shadow: { compared, mismatched },
    });
    expect(verdictOf(shadow(0, 0), 'shadow')).toBeUndefined();
    expect(verdictOf(shadow(0, 0), 'shadow', guards)).toBe('unproven');
    expect(verdictOf(shadow(1_000, 5), 'shadow', guards)).toBe('fine');
    expect(verdictOf(shadow(1_000, 50), 'shadow', guards)).toBe('against');
  });

  it('doubts a candidate whose requests wait for connections', () => {
    const busy = (saturated: number) => ({ ...failed(5, 0, 0), saturated });
    expect(verdictOf(busy(50), 'saturation')).toBe('fine');
    expect(verdictOf(busy(51), 'saturation')).toBe('doubtful');
  });

  it('finds what began late, which drowns in the whole of the step', () => {
    const step = failed(100, 300, 0, 5_000_000);
    expect(judge(guardsOf(), step, 1).some(({ verdict }) => verdict === 'against')).toBe(false);
    const recent = { ...failed(100, 300, 0, 1_000), index: 2_000 };
    expect(judge(guardsOf(), { ...step, recent }, 1)).toContainEqual(
      expect.objectContaining({
        guard: 'error-limit',
        verdict: 'against',
        reason: expect.stringContaining('lately 300 users failed'),
      }),
    );
  });

  it('shares the chance of a false alarm among all windows of a step', () => {
    const needed = (readings: Parameters<typeof judge>[1]) =>
      judge(guardsOf(), readings, 1)
        .filter(({ guard }) => guard === 'errors')
        .reduce((sum, { log10Needed = Number.POSITIVE_INFINITY }) => sum + 10 ** -log10Needed, 0);
    const step = failed(5, 0, 0);
    const whole = needed(step);
    let windows = 0;
    for (let index = 1; index <= 1_000; index++)
      windows += needed({ ...step, recent: { ...step, index } }) - whole;
    // One of a hundred, among four guards, half for the step.
    expect(whole).toBeCloseTo(0.01 / 4 / 2, 6);
    expect(windows).toBeLessThanOrEqual(whole);
  });

  it('asks for more evidence where a chance is shared by more steps', () => {
    const [one, ten] = [1, 10].map((steps) => judge(guardsOf(), failed(5, 0, 0), steps)[0]?.log10Needed ?? 0);
    expect((ten ?? 0) - (one ?? 0)).toBeCloseTo(1, 9);
  });
});
