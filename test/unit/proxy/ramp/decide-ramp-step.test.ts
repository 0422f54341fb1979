import { describe, expect, it } from '@jest/globals';
import {
  LATENCY_BOUNDS_MS,
  NO_READINGS,
  type Readings,
  type SideReadings,
} from '../../../../proxy/metrics/readings.ts';
import { decideRampStep } from '../../../../proxy/ramp/decide-ramp-step.ts';
import { rampPlanSchema } from '../../../../proxy/ramp/ramp-plan.ts';

const STEPS = [
  { weightPercent: 1, bakeMs: 1_000 },
  { weightPercent: 10, bakeMs: 2_000 },
  { weightPercent: 100, bakeMs: 3_000 },
];
const plan = rampPlanSchema.parse({ steps: STEPS });
const mirrored = rampPlanSchema.parse({ steps: STEPS, guards: { maxMismatchPercent: 1 } });

/** A side all of whose requests took so long. */
const side = (requests: number, failures = 0, ms = 50): SideReadings => ({
  requests,
  failures,
  withinBounds: [...LATENCY_BOUNDS_MS, Number.POSITIVE_INFINITY].map((bound) => (ms <= bound ? requests : 0)),
});
const readings = (candidate: SideReadings, control = side(10_000), weightPercent = 10): Readings => ({
  ...NO_READINGS,
  candidate,
  control,
  firstFailures: {
    weightPercent,
    candidate: { requests: candidate.requests, users: candidate.failures },
    control: { requests: control.requests, users: control.failures },
  },
});
const at = (weightPercent: number, atWeightMs = 60_000, everSet = true) => ({
  weightPercent,
  atWeightMs,
  everSet,
});
const uncounted = { ...NO_READINGS, candidate: side(1_000), control: side(10_000) };

describe('decideRampStep', () => {
  it.each([
    ['starts a dial that nobody has turned', at(0, 0, false), NO_READINGS, 'advance', 1, 'start'],
    ['leaves alone a dial that was turned off', at(0), NO_READINGS, 'hold', 0, 'turned-off'],
    ['holds without data, however long', at(1, 9e9), NO_READINGS, 'hold', 1, 'no-data'],
    ['holds without data of the candidate', at(1), readings(side(0)), 'hold', 1, 'no-data'],
    ['holds while nobody counts who fails', at(1), uncounted, 'hold', 1, 'no-data'],
    ['holds below the minimum sample', at(1), readings(side(99)), 'hold', 1, 'few-requests'],
    ['advances at the minimum sample', at(1), readings(side(100)), 'advance', 10, 'passed'],
    ['holds until the step has baked', at(1, 999), readings(side(100)), 'hold', 1, 'baking'],
    ['advances once it has', at(1, 1_000), readings(side(100)), 'advance', 10, 'passed'],
    ['bakes by the step below a weight between steps', at(5, 999), readings(side(100)), 'hold', 5, 'baking'],
    ['advances from there to the next step', at(5, 1_000), readings(side(100)), 'advance', 10, 'passed'],
    ['holds at the end', at(100), readings(side(100), side(0), 100), 'hold', 100, 'complete'],
    ['rolls back on errors', at(10), readings(side(1_000, 30)), 'rollback', 0, 'errors'],
    ['rolls back before the step has baked', at(10, 1), readings(side(1_000, 30)), 'rollback', 0, 'errors'],
    ['rolls back below the minimum sample', at(10), readings(side(8, 8)), 'rollback', 0, 'errors'],
    [
      'rolls back at the last step, where nothing is left to compare with',
      at(100),
      readings(side(1_000, 300), side(0), 100),
      'rollback',
      0,
      'error-limit',
    ],
    [
      'tolerates errors within the limit there',
      at(100),
      readings(side(1_000, 30), side(0), 100),
      'hold',
      100,
      'complete',
    ],
    ['tolerates an error', at(10), readings(side(1_000, 1)), 'advance', 100, 'passed'],
    ['holds in doubt', at(10), readings(side(1_000, 4)), 'hold', 10, 'errors'],
    [
      'tolerates what the control has too',
      at(10),
      readings(side(1_000, 30), side(9_000, 250)),
      'advance',
      100,
      'passed',
    ],
    [
      'rolls back on latency',
      at(10),
      readings(side(1_000, 0, 700), side(1_000, 0, 200)),
      'rollback',
      0,
      'latency',
    ],
    [
      'allows the ratio',
      at(10),
      readings(side(1_000, 0, 600), side(2_000, 0, 300)),
      'advance',
      100,
      'passed',
    ],
    [
      'allows what is quick anyway',
      at(10),
      readings(side(1_000, 0, 200), side(1_000, 0, 5)),
      'advance',
      100,
      'passed',
    ],
    [
      'judges latency below the minimum sample',
      at(10),
      readings(side(20, 0, 9_999)),
      'rollback',
      0,
      'latency',
    ],
    [
      'compares latency with a control that answers',
      at(100),
      readings(side(1_000, 0, 900), side(3, 0, 1), 100),
      'hold',
      100,
      'complete',
    ],
    [
      'holds a candidate that is full',
      at(10),
      { ...readings(side(1_000)), saturated: 200 },
      'hold',
      10,
      'saturation',
    ],
  ] as const)('%s', (_, status, read, action, toPercent, cause) => {
    expect(decideRampStep(plan, status, read)).toMatchObject({ action, toPercent, cause });
  });

  it.each([
    ['nothing was compared', 0, 0, 'hold', 'no-data'],
    ['few answers differed', 1_000, 2, 'advance', 'passed'],
    ['many answers differed', 1_000, 90, 'rollback', 'shadow'],
  ] as const)('guards mismatches where it is told to: %s', (_, compared, mismatched, action, cause) => {
    const read = { ...readings(side(1_000)), shadow: { compared, mismatched } };
    expect(decideRampStep(mirrored, at(10), read)).toMatchObject({ action, cause });
  });

  it('says its reasons in numbers', () => {
    const decision = decideRampStep(plan, at(10), readings(side(1_000, 30), side(5_000, 5)));
    expect(decision.reason).toMatch(
      /^30 users failed on the candidate and 5 on the control at 10 %: evidence of 10\^20\.6, of 10\^3\.4 for a rollback$/,
    );
    expect(decision.evidence).toContainEqual({
      guard: 'errors',
      verdict: 'against',
      log10: expect.any(Number),
      log10Needed: expect.any(Number),
      reason: '30 users failed on the candidate and 5 on the control at 10 %',
    });
  });
});

describe('a ramp plan', () => {
  it.each([
    [[], 'no steps'],
    [
      [
        { weightPercent: 5, bakeMs: 1 },
        { weightPercent: 5, bakeMs: 1 },
      ],
      'steps that do not rise',
    ],
    [[{ weightPercent: 0, bakeMs: 1 }], 'a step of 0'],
    [[{ weightPercent: 0.001, bakeMs: 1 }], 'a weight that is none'],
  ])('does not have %j: %s', (steps) => {
    expect(rampPlanSchema.safeParse({ steps }).success).toBe(false);
  });
});
