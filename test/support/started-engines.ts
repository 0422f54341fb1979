import type { Engine } from '../../infra/local/engines/index.ts';

/** What a test run runs against. */
export interface TestEngines {
  mongo?: Engine;
  aws?: Engine;
}

/** Kept where set-up, teardown and reporter find it: jest loads each of them by itself; they share only the process. */
const holder = globalThis as { banyanTestEngines?: TestEngines };

export const testEngines = (): TestEngines => {
  holder.banyanTestEngines ??= {};
  return holder.banyanTestEngines;
};
