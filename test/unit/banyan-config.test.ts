import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../migrations/cli/config.ts';
import { publishedEntities } from '../../migrations/cli/published-entities.ts';
import { followEntity } from '../../monolith/app/follows/follow-entity.ts';
import { yublEntity } from '../../monolith/app/yubls/yubl-entity.ts';
import { userEntity } from '../../services/profiles/user-entity.ts';

describe('banyan.config.ts', () => {
  const load = () => loadConfig('banyan.config.ts', {});

  it('names every entity that the monolith publishes, as the monolith does', async () => {
    const published = publishedEntities(await load(), []);
    expect(new Set(published)).toEqual(new Set([followEntity, yublEntity, userEntity]));
  });

  it('has a stream for each of them', async () => {
    const config = await load();
    const streams = publishedEntities(config, []).map(({ stream }) => stream);
    expect(Object.keys(config.streams).sort()).toEqual(streams.sort());
  });
});
