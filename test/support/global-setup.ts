import { type Engine, engineOptions, startAwsEmulator, startMongo } from '../../infra/local/engines/index.ts';
import { startedEngines } from './started-engines.ts';

/**
 * Gives the test run its engines: those that `BANYAN_TEST_MONGODB_URI` and `BANYAN_TEST_AWS_ENDPOINT` name, or
 * new ones, whose addresses then stand in the same two variables.
 */
export default async (): Promise<void> => {
  const options = engineOptions(process.env, (line) => process.stderr.write(`${line}\n`));
  if (options.requireContainers && process.env.BANYAN_TEST_MONGODB_URI) {
    throw new Error(
      'BANYAN_REQUIRE_CONTAINERS=1 wants MongoDB in a container: unset BANYAN_TEST_MONGODB_URI',
    );
  }
  await Promise.all([
    provide('BANYAN_TEST_MONGODB_URI', () => startMongo(options)),
    provide('BANYAN_TEST_AWS_ENDPOINT', () => startAwsEmulator(options)),
  ]);
};

const provide = async (variable: string, start: () => Promise<Engine>): Promise<void> => {
  if (process.env[variable]) return;
  const engine = await start();
  startedEngines().push(engine);
  process.env[variable] = engine.address;
};
