import { serveParent } from '../child.ts';
import { LoadConnection, type LoadPath, type LoadResult, requestsOf, timesOf } from './load.ts';

export interface LoadInput {
  readonly port: number;
  readonly connections: number;
  /** How long it is counted, or how many requests. */
  readonly until: { readonly ms: number } | { readonly requests: number };
  /** Optional: defaults to `/profiles/`. */
  readonly path?: LoadPath;
}

const MAX_KEPT = 2_000_000;

/** Sends as many requests as come back, and times the answers; any connection that breaks fails the run. */
await serveParent<LoadInput, number, LoadResult>(async (input, parent) => {
  const { port, connections: count, until, path = '/profiles/' } = input;
  await parent.ready(process.pid);
  const requests = requestsOf(port, path);
  const latencies: number[] = [];
  const ended = Promise.withResolvers<void>();
  let sent = 0;
  let answered = 0;
  const limit = 'requests' in until ? until.requests : Number.POSITIVE_INFINITY;
  const next = (connection: LoadConnection) =>
    connection.send(requests[sent++ % requests.length] as Buffer, performance.now());
  const onAnswer = (connection: LoadConnection, sinceMs: number) => {
    answered++;
    if (latencies.length < MAX_KEPT) latencies.push(performance.now() - sinceMs);
    if (answered >= limit) ended.resolve();
    next(connection);
  };
  const options = { port, onAnswer, onError: ended.reject };
  const connections = Array.from({ length: count }, () => new LoadConnection(options));
  const startedMs = performance.now();
  for (const connection of connections) next(connection);
  if ('ms' in until) setTimeout(ended.resolve, until.ms);
  await ended.promise;
  const elapsedMs = performance.now() - startedMs;
  for (const connection of connections) connection.close();
  const serverErrors = connections.reduce((sum, one) => sum + one.serverErrors, 0);
  return { requests: answered, serverErrors, elapsedMs, ...timesOf(latencies) };
});
