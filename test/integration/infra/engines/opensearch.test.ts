import { describe, expect, it } from '@jest/globals';
import { engineOptions, findOpenSearch, startOpenSearch } from '../../../../infra/local/engines/index.ts';
import { NODE_WITHIN_MS } from '../../../support/opensearch.ts';

const options = engineOptions({ ...process.env, OPENSEARCH_URL: '' }, () => {});

describe('an OpenSearch that is started', () => {
  it(
    'starts empty, serves on the loopback, and is gone when it is stopped',
    async () => {
      const node = await startOpenSearch(options);
      try {
        expect(node.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
        const health = await (await fetch(`${node.address}/_cluster/health`)).json();
        expect(health).toMatchObject({ status: 'green', active_shards: 0, number_of_nodes: 1 });
        const named = await findOpenSearch({ ...options, openSearchUrl: node.address });
        expect(named).toMatchObject([{ availability: 'ready', detail: 'OpenSearch 2.19.6' }]);
      } finally {
        await node.stop();
      }
      await expect(fetch(node.address)).rejects.toThrow('fetch failed');
    },
    NODE_WITHIN_MS,
  );

  it('is not replaced by another when the one that was named does not answer', async () => {
    const named = startOpenSearch({ ...options, openSearchUrl: 'http://127.0.0.1:1' });
    await expect(named).rejects.toThrow('nothing answers at http://127.0.0.1:1');
  });
});
