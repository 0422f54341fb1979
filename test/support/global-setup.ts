import { type Engine, engineOptions, startAwsEmulator, startMongo } from '../../infra/local/engines/index.ts';
import { testEngines } from './started-engines.ts';

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
  const engines = testEngines();
  const mongo = async () => {
    engines.mongo = await provide('BANYAN_TEST_MONGODB_URI', () => startMongo(options));
  };
  const aws = async () => {
    engines.aws = await provide('BANYAN_TEST_AWS_ENDPOINT', () => startAwsEmulator(options));
  };
  await Promise.all([mongo(), aws()]);
};

const provide = async (variable: string, start: () => Promise<Engine>): Promise<Engine> => {
  const address = process.env[variable];
  if (address) {
    return { name: variable, origin: variable, container: false, address, stop: async () => {} };
  }
  const engine = await start();
  process.env[variable] = engine.address;
  return engine;
};
