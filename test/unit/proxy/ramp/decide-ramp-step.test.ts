import { describe, expect, it } from '@jest/globals';
import type { Readings, SideReadings } from '../../../../proxy/metrics/readings.ts';
import { decideRampStep } from '../../../../proxy/ramp/decide-ramp-step.ts';
import { rampPlanSchema } from '../../../../proxy/ramp/ramp-plan.ts';

const plan = rampPlanSchema.parse({
  steps: [
    { weightPercent: 1, bakeMs: 1_000 },
    { weightPercent: 10, bakeMs: 2_000 },
    { weightPercent: 100, bakeMs: 3_000 },
  ],
});

const side = (requests: number, failures = 0, p99Ms: number | undefined = 50): SideReadings => ({
  requests,
  failures,
  p99Ms,
});
const readings = (candidate: SideReadings, control = side(10_000)): Readings => ({ candidate, control });
const at = (weightPercent: number, atWeightMs = 60_000, everSet = true) => ({
  weightPercent,
  atWeightMs,
  everSet,
});
const NONE = readings(side(0, 0, undefined), side(0, 0, undefined));

describe('decideRampStep', () => {
  it.each([
    ['starts a dial that nobody has turned', at(0, 0, false), NONE, 'advance', 1, 'start'],
    ['leaves alone a dial that was turned off', at(0), NONE, 'hold', 0, 'turned-off'],
    ['holds without data, however long', at(1, 9e9), NONE, 'hold', 1, 'no-data'],
    ['holds without data of the candidate', at(1), readings(side(0)), 'hold', 1, 'no-data'],
    ['holds below the minimum sample', at(1), readings(side(99)), 'hold', 1, 'few-requests'],
    ['advances at the minimum sample', at(1), readings(side(100)), 'advance', 10, 'passed'],
    ['holds until the step has baked', at(1, 999), readings(side(100)), 'hold', 1, 'baking'],
    ['advances once it has', at(1, 1_000), readings(side(100)), 'advance', 10, 'passed'],
    ['bakes by the step below a weight between steps', at(5, 999), readings(side(100)), 'hold', 5, 'baking'],
    ['advances from there to the next step', at(5, 1_000), readings(side(100)), 'advance', 10, 'passed'],
    ['holds at the end', at(100), readings(side(100), side(0, 0)), 'hold', 100, 'complete'],
    ['rolls back on errors', at(10), readings(side(1_000, 30)), 'rollback', 0, 'errors'],
    ['rolls back before the step has baked', at(10, 1), readings(side(1_000, 30)), 'rollback', 0, 'errors'],
    ['rolls back below the minimum sample', at(10), readings(side(6, 6)), 'rollback', 0, 'errors'],
    ['rolls back at the last step', at(100), readings(side(1_000, 30), side(0)), 'rollback', 0, 'errors'],
    ['tolerates a few errors', at(1), readings(side(100, 5)), 'advance', 10, 'passed'],
    [
      'tolerates what the control has too',
      at(10),
      readings(side(1_000, 30), side(1_000, 25)),
      'advance',
      100,
      'passed',
    ],
    ['tolerates an excess at the limit', at(10), readings(side(1_000, 10)), 'advance', 100, 'passed'],
    ['rolls back above it', at(10), readings(side(1_000, 11)), 'rollback', 0, 'errors'],
    [
      'rolls back on latency',
      at(10),
      readings(side(1_000, 0, 700), side(1_000, 0, 300)),
      'rollback',
      0,
      'latency',
    ],
    [
      'allows the ratio',
      at(10),
      readings(side(1_000, 0, 700), side(1_000, 0, 350)),
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
    ['needs a sample to judge latency', at(10), readings(side(99, 0, 9_999)), 'hold', 10, 'few-requests'],
    [
      'compares latency with a control that answers',
      at(100),
      readings(side(1_000, 0, 900), side(3, 0, 1)),
      'hold',
      100,
      'complete',
    ],
  ] as const)('%s', (_, status, read, action, toPercent, cause) => {
    expect(decideRampStep(plan, status, read)).toMatchObject({ action, toPercent, cause });
  });

  it('says its reasons in numbers', () => {
    expect(decideRampStep(plan, at(10), readings(side(1_000, 30), side(5_000, 5))).reason).toBe(
      "30 of the candidate's 1000 requests failed, 5 of the control's 5000",
    );
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
