import { describe, expect, it } from '@jest/globals';
import { NO_TOTALS, type RouteTotals } from '../../../../proxy/metrics/readings.ts';
import { ReadingsWindow } from '../../../../proxy/ramp/readings-window.ts';
import { VirtualClock } from '../../../../services/core/index.ts';

const totals = (requests: number): RouteTotals => ({
  candidate: { ...NO_TOTALS, requests },
  control: NO_TOTALS,
});

const setUp = () => {
  const clock = new VirtualClock();
  let now: RouteTotals | undefined = totals(0);
  const window = new ReadingsWindow({ read: async () => now, clock, settleMs: 2_000 });
  const counted = async (requests: number | undefined, sinceMs: number) => {
    now = requests === undefined ? undefined : totals(requests);
    return (await window.since('r', sinceMs)).candidate.requests;
  };
  return { clock, counted };
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
});
