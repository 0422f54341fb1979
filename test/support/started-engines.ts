import type { Engine } from '../../infra/local/engines/index.ts';

/** What the global set-up started, kept where the global teardown and the reporter find it: they share only the process. */
const holder = globalThis as { banyanEngines?: Engine[] };

export const startedEngines = (): Engine[] => {
  holder.banyanEngines ??= [];
  return holder.banyanEngines;
};
