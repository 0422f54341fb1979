import { UnavailableError } from '../../services/core/index.ts';
import type { RouteTotals } from '../metrics/readings.ts';
import { sumOfTotals } from '../readings/sum-of-totals.ts';

/** Reads the counters of a route, summed over whatever serves it; `undefined` when it serves no such route. */
export type ReadTotals = (route: string) => Promise<RouteTotals | undefined>;

/**
 * Sums a route's counters over proxies, each read from its admin listener's `/readings`.
 * @throws UnavailableError when one does not answer: part of the readings would look like all.
 */
export const proxyReadings =
  (adminAddresses: readonly string[]): ReadTotals =>
  async (route) => {
    const all = await Promise.all(adminAddresses.map((address) => readingsAt(address)));
    return all.map((totals) => totals[route]).reduce(sumOfTotals, undefined);
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
