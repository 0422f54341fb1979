import type { Engine } from './engine.ts';

export const startAwsEmulator = async (_options: object): Promise<Engine> => {
  throw new Error('set BANYAN_TEST_AWS_ENDPOINT');
};
