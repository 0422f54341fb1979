import { type EntityDefinition, UsageError } from '../../services/core/index.ts';
import type { Config } from './config.ts';
import { nearest } from './nearest.ts';

/**
 * The entities that are published, each collection once: those of the plans, and those that the configuration
 * names besides. With names, only those: of plans, of entities or of collections.
 * @throws UsageError for a name that is none of them, and for a configuration without any.
 */
export const publishedEntities = (config: Config, names: readonly string[]): EntityDefinition[] => {
  const published = [
    ...config.entities.map((entity) => ({ entity, names: namesOf(entity) })),
    ...Object.entries(config.plans).map(([plan, { entity }]) => ({
      entity,
      names: [plan, ...namesOf(entity)],
    })),
  ];
  if (published.length === 0)
    throw new UsageError('the configuration names no plan and no entity to look at');
  const wanted = names.length === 0 ? published : names.flatMap((name) => named(published, name));
  return [...new Map(wanted.map(({ entity }) => [entity.collection, entity])).values()];
};

interface Published {
  readonly entity: EntityDefinition;
  readonly names: readonly string[];
}

const named = (published: readonly Published[], name: string): Published[] => {
  const found = published.filter(({ names }) => names.includes(name));
  if (found.length > 0) return found;
  const known = [...new Set(published.flatMap(({ names }) => names))];
  throw new UsageError(`there is no plan, entity or collection ${name}: ${nearest(name, known)}`);
};

const namesOf = ({ name, collection }: EntityDefinition): string[] => [name, collection];
