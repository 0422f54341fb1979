import { randomUUID } from 'node:crypto';
import { Client } from '@opensearch-project/opensearch';
import { engineOptions, startOpenSearch } from '../../infra/local/engines/index.ts';
import type { OpenSearchEndpoint } from '../../services/search/opensearch-requests.ts';

/**
 * An OpenSearch for one suite: the one that `BANYAN_TEST_OPENSEARCH_URL` names, or a node that is started now, in
 * some four seconds. Only the suites that need it pay for it.
 */
export const openSearchNode = async (): Promise<OpenSearchEndpoint & { stop(): Promise<void> }> => {
  const named = process.env.BANYAN_TEST_OPENSEARCH_URL;
  const options = engineOptions(process.env, (line) => process.stderr.write(`${line}\n`));
  const node = named ? { address: named, stop: async () => {} } : await startOpenSearch(options);
  const client = new Client({ node: node.address });
  return {
    endpoint: node.address,
    client,
    stop: async () => {
      await client.close();
      await node.stop();
    },
  };
};

/** How long a suite may take to get its node: fetched by Maven, the first time. */
export const NODE_WITHIN_MS = 180_000;

/** Names that nobody else uses. */
export const freshNames = (): { index: string; alias: string } => {
  const id = randomUUID();
  return { index: `people-${id}-1`, alias: `people-${id}` };
};
