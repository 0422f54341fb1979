import { startAwsEmulator, startMongo } from '../../infra/local/engines/index.ts';
import { startedEngines } from './started-engines.ts';

/**
 * Gives the test run its engines: those that `BANYAN_TEST_MONGODB_URI` and `BANYAN_TEST_AWS_ENDPOINT` name, or
 * new ones, whose addresses then stand in the same two variables.
 */
export default async (): Promise<void> => {
  await Promise.all([
    provide('BANYAN_TEST_MONGODB_URI', () => startMongo({})),
    provide('BANYAN_TEST_AWS_ENDPOINT', () => startAwsEmulator({})),
  ]);
};

const provide = async (variable: string, start: () => ReturnType<typeof startMongo>): Promise<void> => {
  if (process.env[variable]) return;
  const engine = await start();
  startedEngines().push(engine);
  process.env[variable] = engine.address;
};
