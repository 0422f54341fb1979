import { describe, expect, it } from '@jest/globals';
import type { Config } from '../../../../migrations/cli/config.ts';
import { publishedEntities } from '../../../../migrations/cli/published-entities.ts';

const entity = (name: string) => ({ name, collection: `${name}s`, stream: `${name}s`, slices: {} });
const config = (entities: string[], plans: { [plan: string]: string }): Config =>
  ({
    entities: entities.map(entity),
    plans: Object.fromEntries(Object.entries(plans).map(([plan, name]) => [plan, { entity: entity(name) }])),
  }) as unknown as Config;
const namesIn = (of: Config, ...names: string[]) => publishedEntities(of, names).map(({ name }) => name);

describe('the published entities', () => {
  const social = config(['follow', 'yubl'], { 'users-to-search': 'user', 'users-to-profiles': 'user' });

  it('are those that the configuration names and those of its plans, each once', () => {
    expect(namesIn(social)).toEqual(['follow', 'yubl', 'user']);
  });

  it.each(['user', 'users', 'users-to-search'])('are found by the name %s', (name) => {
    expect(namesIn(social, name)).toEqual(['user']);
  });

  it('are found without a plan', () => {
    expect(namesIn(config(['yubl'], {}), 'yubls')).toEqual(['yubl']);
  });

  it('are asked for by their nearest name when there is none of that name', () => {
    expect(() => namesIn(social, 'yuble')).toThrow(/there is no plan, entity or collection yuble.*yubl/);
  });

  it('are none without a plan or an entity, which is a mistake', () => {
    expect(() => namesIn(config([], {}))).toThrow('names no plan and no entity');
  });
});
