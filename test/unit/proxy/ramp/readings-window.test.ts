import { describe, expect, it } from '@jest/globals';
import { RECENT_MS } from '../../../../proxy/metrics/first-failures.ts';
import { NO_READINGS, NO_TOTALS, type RouteTotals } from '../../../../proxy/metrics/readings.ts';
import { ReadingsWindow } from '../../../../proxy/ramp/readings-window.ts';
import { VirtualClock } from '../../../../services/core/index.ts';

const totals = (requests: number): RouteTotals => ({
  control: NO_TOTALS,
  shadow: NO_READINGS.shadow,
  saturated: 0,
  candidate: { ...NO_TOTALS, requests },
});

const setUp = () => {
  const clock = new VirtualClock();
  let now: RouteTotals | undefined = totals(0);
  const window = new ReadingsWindow({ read: async () => now, clock, settleMs: 2_000 });
  const counted = async (requests: number | undefined, sinceMs: number) => {
    now = requests === undefined ? undefined : totals(requests);
    return (await window.since('r', sinceMs)).candidate.requests;
  };
  const recently = async (requests: number, sinceMs: number) => {
    now = totals(requests);
    const { recent } = await window.since('r', sinceMs);
    return recent && [recent.index, recent.candidate.requests];
  };
  return { clock, counted, recently };
};

describe('ReadingsWindow', () => {
  it('counts from the moment when every instance has followed the dial', async () => {
    const { clock, counted } = setUp();
    const turnedMs = clock.nowMs();
    expect(await counted(10, turnedMs)).toBe(0);
    await clock.advance(2_000);
    expect(await counted(15, turnedMs)).toBe(0);
    expect(await counted(40, turnedMs)).toBe(25);
  });

  it('starts again when the dial is turned', async () => {
    const { clock, counted } = setUp();
    await clock.advance(10_000);
    await counted(100, 1);
    expect(await counted(150, 1)).toBe(50);
    expect(await counted(160, 2)).toBe(0);
    expect(await counted(170, 2)).toBe(10);
  });

  it('has nothing for a route that nobody serves', async () => {
    const { clock, counted } = setUp();
    await clock.advance(10_000);
    expect(await counted(undefined, 1)).toBe(0);
  });

  it('counts anew in each short window of a step, after the first', async () => {
    const { clock, recently } = setUp();
    const turnedMs = clock.nowMs();
    await clock.advance(2_000);
    expect(await recently(10, turnedMs)).toBeUndefined();
    expect(await recently(50, turnedMs)).toBeUndefined();
    await clock.advance(RECENT_MS);
    expect(await recently(100, turnedMs)).toEqual([1, 0]);
    expect(await recently(130, turnedMs)).toEqual([1, 30]);
    await clock.advance(2 * RECENT_MS);
    expect(await recently(200, turnedMs)).toEqual([3, 0]);
  });
});
