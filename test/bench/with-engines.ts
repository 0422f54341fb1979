import { type Engine, engineOptions, startAwsEmulator, startMongo } from '../../infra/local/engines/index.ts';

/** Where the engines of a bench answer. */
export interface BenchEngines {
  readonly mongoUri: string;
  readonly awsEndpoint: string;
}

/**
 * Runs `work` against the engines that `BANYAN_TEST_MONGODB_URI` and `BANYAN_TEST_AWS_ENDPOINT` name; those that
 * are not named are started for it and stopped afterwards.
 */
export const withEngines = async <T>(
  say: (line: string) => void,
  work: (engines: BenchEngines) => Promise<T>,
): Promise<T> => {
  const options = engineOptions(process.env, say);
  const { BANYAN_TEST_MONGODB_URI, BANYAN_TEST_AWS_ENDPOINT } = process.env;
  const started: Engine[] = [];
  const address = async (given: string | undefined, start: typeof startMongo): Promise<string> => {
    if (given) return given;
    const engine = await start(options);
    started.push(engine);
    say(`${engine.name}: ${engine.origin}`);
    return engine.address;
  };
  try {
    const mongoUri = await address(BANYAN_TEST_MONGODB_URI, startMongo);
    const awsEndpoint = await address(BANYAN_TEST_AWS_ENDPOINT, startAwsEmulator);
    return await work({ mongoUri, awsEndpoint });
  } finally {
    await Promise.all(started.map((engine) => engine.stop()));
  }
};
