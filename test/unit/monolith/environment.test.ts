import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { databaseEnvironment, logLevel, readEnvironment } from '../../../monolith/environment.ts';
import { UsageError } from '../../../services/core/index.ts';

const schema = z.object({ ...databaseEnvironment, LOG_LEVEL: logLevel.default('warn') });

describe('readEnvironment', () => {
  it('fills in what has a default and leaves the rest of the environment alone', () => {
    const env = { MONGODB_URI: 'mongodb://h/', MONGODB_DATABASE: 'yubl', PATH: '/bin' };
    expect(readEnvironment(schema, env)).toEqual({
      MONGODB_URI: 'mongodb://h/',
      MONGODB_DATABASE: 'yubl',
      LOG_LEVEL: 'warn',
    });
  });

  it('lists every problem with its variable', () => {
    const read = () => readEnvironment(schema, { MONGODB_URI: 'postgres://h/', LOG_LEVEL: 'loud' });
    expect(read).toThrow(UsageError);
    expect(read).toThrow(/3 problem\(s\):\n {2}MONGODB_URI: .+\n {2}MONGODB_DATABASE: .+\n {2}LOG_LEVEL: /);
  });
});
