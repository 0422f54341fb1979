import { describe, expect, it } from '@jest/globals';
import type { Config } from '../../../../migrations/cli/config.ts';
import { streamProblem } from '../../../../migrations/cli/stream-problem.ts';

const follow = { name: 'follow', collection: 'follows', stream: 'follows', slices: {} };
const user = { name: 'user', collection: 'users', stream: 'users', slices: {} };
const config = (streams: Config['streams']): Config =>
  ({
    entities: [follow],
    plans: { one: { entity: user }, other: { entity: user } },
    streams,
  }) as unknown as Config;

describe('the streams of a configuration', () => {
  it('are fine when every entity of it and of its plans has one', () => {
    expect(streamProblem(config({ users: 'a', follows: 'b', more: 'c' }))).toBeUndefined();
  });

  it('are not when an entity has none, which is named once', () => {
    expect(streamProblem(config({ follows: 'b' }))).toBe(
      'user goes to users, which `streams` of the configuration does not name',
    );
    expect(streamProblem(config({}))).toMatch(/^follow goes to follows, user goes to users, which/);
  });
});
