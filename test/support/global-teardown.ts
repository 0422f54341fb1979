import { startedEngines } from './started-engines.ts';

/** Stops what the global set-up started. */
export default async (): Promise<void> => {
  await Promise.all(startedEngines().map((engine) => engine.stop()));
};
