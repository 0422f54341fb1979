import { messageOf } from '../../../services/core/index.ts';
import type { Choice, Engine } from './engine.ts';
import { openSearchVersion } from './opensearch-ready.ts';

/** An OpenSearch that a person named. It is used as it is, or not at all. */
export const givenOpenSearch = (url: string): Choice => ({
  name: 'OPENSEARCH_URL',
  look: async () => {
    try {
      return { availability: 'ready', detail: `OpenSearch ${await openSearchVersion(url)}` };
    } catch (thrown) {
      return { availability: 'missing', detail: `nothing answers at ${url} (${messageOf(thrown)})` };
    }
  },
  start: async (): Promise<Engine> => ({
    name: 'OpenSearch',
    origin: `OpenSearch ${await openSearchVersion(url)} at OPENSEARCH_URL`,
    container: false,
    address: url,
    stop: async () => {},
  }),
});
