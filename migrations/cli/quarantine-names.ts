import { UsageError } from '../../services/core/index.ts';
import type { Config } from './config.ts';
import { nearest } from './nearest.ts';
import { parsePlanName } from './plan-name.ts';

/** Those who quarantine what no stream takes. */
export const PUBLISHERS: readonly string[] = ['relay', 'capture'];

/** Every name that `banyan quarantine` takes. */
export const quarantineNames = (config: Config): string[] => [...Object.keys(config.plans), ...PUBLISHERS];

/**
 * The names under which entries are kept: a plan's backfill's and its stream consumer's, or a publisher's own. A
 * fresh sink's are its backfill's alone: what its plan's consumer could not take is owed to the present sink.
 * @throws UsageError that names the nearest.
 */
export const quarantinedBy = (config: Config, name: string): string[] => {
  const { plan: own, into } = parsePlanName(name);
  const plan = config.plans[own];
  if (plan) return into === undefined ? [...new Set([name, plan.consumerName ?? name])] : [name];
  if (PUBLISHERS.includes(name)) return [name];
  throw new UsageError(`there is no plan ${name}: ${nearest(name, quarantineNames(config))}`);
};
