import { UnavailableError } from '../../services/core/index.ts';
import { sumOfFirstFailures } from '../metrics/first-failures.ts';
import type { RouteTotals, SideTotals } from '../metrics/readings.ts';
import type { ReadTotals } from './readings-window.ts';

/**
 * Sums a route's counters over proxies, each read from its admin listener's `/readings`.
 * @throws UnavailableError when one does not answer: part of the readings would look like all.
 */
export const proxyReadings =
  (adminAddresses: readonly string[]): ReadTotals =>
  async (route) => {
    const all = await Promise.all(adminAddresses.map((address) => readingsAt(address)));
    return all.map((totals) => totals[route]).reduce(sumOf, undefined);
  };

const readingsAt = async (address: string): Promise<{ [route: string]: RouteTotals }> => {
  try {
    const response = await fetch(new URL('/readings', address), { signal: AbortSignal.timeout(2_000) });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return (await response.json()) as { [route: string]: RouteTotals };
  } catch (cause) {
    throw new UnavailableError("the proxy's admin listener", address, { cause });
  }
};

const sumOf = (a: RouteTotals | undefined, b: RouteTotals | undefined): RouteTotals | undefined => {
  if (!a || !b) return a ?? b;
  const firstFailures = sumOfFirstFailures(a.firstFailures, b.firstFailures);
  return {
    control: plus(a.control, b.control),
    candidate: plus(a.candidate, b.candidate),
    ...(firstFailures ? { firstFailures } : {}),
    shadow: {
      compared: a.shadow.compared + b.shadow.compared,
      mismatched: a.shadow.mismatched + b.shadow.mismatched,
    },
    saturated: a.saturated + b.saturated,
  };
};

const plus = (a: SideTotals, b: SideTotals): SideTotals => ({
  requests: a.requests + b.requests,
  failures: a.failures + b.failures,
  withinBounds: a.withinBounds.map((count, at) => count + (b.withinBounds[at] ?? 0)),
});
