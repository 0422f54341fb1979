import { testEngines } from './started-engines.ts';

/** Stops what the global set-up started. */
export default async (): Promise<void> => {
  const { mongo, aws } = testEngines();
  await Promise.all([mongo?.stop(), aws?.stop()]);
};
