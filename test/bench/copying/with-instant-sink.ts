import { startChild } from '../child.ts';
import { moduleOf } from './module-of.ts';

/** Runs `work` with the address of a DynamoDB endpoint that answers at once, and keeps nothing. */
export const withInstantSink = async <T>(work: (endpoint: string) => Promise<T>): Promise<T> => {
  const endpoint = await startChild<string, number>(moduleOf('instant-dynamodb'), null);
  endpoint.go();
  try {
    return await work(endpoint.ready);
  } finally {
    endpoint.stop();
    await endpoint.result;
  }
};
