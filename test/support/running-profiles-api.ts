import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../services/core/index.ts';
import { profilesHandler } from '../../services/profiles/profiles-handler.ts';
import { createTable } from './dynamodb-table.ts';
import { freshAws, freshDatabase, mongoUri } from './engines.ts';
import { serveHandler } from './http-event-server.ts';

const ROUTES = ['GET', 'HEAD', 'PUT', 'DELETE'].map((method) => `${method} /profiles/{id}`);

/** The profiles API on engines of its own, over HTTP; what it logs and counts is kept. */
export const startProfilesApi = async () => {
  const { db, drop } = await freshDatabase();
  const client = new DynamoDBClient(freshAws());
  const table = await createTable(client, { partition: 'key' });
  const lines: { level: string; message: string; details: { readonly [field: string]: unknown } }[] = [];
  const counts: string[] = [];
  const log = (level: string) => (message: string, details: { readonly [field: string]: unknown }) => {
    lines.push({ level, message, details });
  };
  const { handler, close } = profilesHandler({
    client,
    table,
    mongoUri: async () => mongoUri(),
    database: db.databaseName,
    clock: systemClock,
    logger: { info: log('info'), error: log('error') },
    metrics: { addMetric: (name) => counts.push(name), publishStoredMetrics: () => undefined },
  });
  const server = await serveHandler(handler, ROUTES);
  const stop = async () => {
    await server.stop();
    await close();
    await drop();
    client.destroy();
  };
  return { baseUrl: server.baseUrl, db, client, table, lines, counts, stop };
};
