import { type EntityDefinition, UsageError } from '../../services/core/index.ts';
import type { Config } from './config.ts';
import { nearest } from './nearest.ts';

/**
 * The entities that the plans are about, each collection once; with names, only those: of plans, of entities
 * or of collections.
 * @throws UsageError for a name that is none of them, and for a configuration without plans.
 */
export const publishedEntities = (config: Config, names: readonly string[]): EntityDefinition[] => {
  const plans = Object.entries(config.plans);
  if (plans.length === 0) throw new UsageError('the configuration has no plan, and so no entity to look at');
  const wanted = names.length === 0 ? plans : names.flatMap((name) => plansOf(plans, name));
  return [...new Map(wanted.map(([, { entity }]) => [entity.collection, entity])).values()];
};

type NamedPlan = [name: string, plan: Config['plans'][string]];

const plansOf = (plans: readonly NamedPlan[], name: string): NamedPlan[] => {
  const found = plans.filter((plan) => namesOf(plan).includes(name));
  if (found.length > 0) return found;
  const known = [...new Set(plans.flatMap(namesOf))];
  throw new UsageError(`there is no plan, entity or collection ${name}: ${nearest(name, known)}`);
};

const namesOf = ([name, { entity }]: NamedPlan): string[] => [name, entity.name, entity.collection];
