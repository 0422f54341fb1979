import type { Engine } from './engine.ts';

export const startMongo = async (_options: object): Promise<Engine> => {
  throw new Error('set BANYAN_TEST_MONGODB_URI');
};
