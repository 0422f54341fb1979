import { CloudSearchDomainClient } from '@aws-sdk/client-cloudsearch-domain';
import { startCloudSearch } from '../../infra/local/cloudsearch/start-cloudsearch.ts';
import type { CloudSearchField } from '../../services/search/cloudsearch-field.ts';

/** An empty CloudSearch domain that nobody else uses, a client for it, and how to stop both. */
export const freshCloudSearch = async (fields: readonly CloudSearchField[], databaseFile = ':memory:') => {
  const { endpoint, stop } = await startCloudSearch({ host: '127.0.0.1', port: 0, databaseFile, fields });
  const client = cloudSearchClient(endpoint);
  return {
    endpoint,
    client,
    stop: async () => {
      client.destroy();
      await stop();
    },
  };
};

export const cloudSearchClient = (endpoint: string): CloudSearchDomainClient =>
  new CloudSearchDomainClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
