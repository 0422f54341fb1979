import { serveParent } from '../child.ts';
import { quantile } from '../rounds.ts';
import { LoadConnection, type LoadPath, requestsOf } from './load.ts';

export interface LoadInput {
  readonly port: number;
  readonly connections: number;
  /** How long it is counted, or how many requests. */
  readonly until: { readonly ms: number } | { readonly requests: number };
  /** So many at an even pace, whatever comes back; as many as come back otherwise. */
  readonly requestsPerSecond?: number;
  /** Optional: defaults to `/profiles/`. */
  readonly path?: LoadPath;
}

export interface LoadResult {
  readonly requests: number;
  readonly serverErrors: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const MAX_KEPT = 2_000_000;

/** Sends requests over kept connections and times the answers; any connection that breaks fails the run. */
await serveParent<LoadInput, number, LoadResult>(async (input, parent) => {
  const { port, connections: count, until, requestsPerSecond, path = '/profiles/' } = input;
  await parent.ready(process.pid);
  const requests = requestsOf(port, path);
  const latencies: number[] = [];
  const ended = Promise.withResolvers<void>();
  const idle: LoadConnection[] = [];
  const due: number[] = [];
  let sent = 0;
  let answered = 0;
  const limit = 'requests' in until ? until.requests : Number.POSITIVE_INFINITY;
  const next = (connection: LoadConnection, sinceMs: number) => {
    connection.send(requests[sent++ % requests.length] as Buffer, sinceMs);
  };
  const onAnswer = (connection: LoadConnection, ms: number) => {
    answered++;
    if (latencies.length < MAX_KEPT) latencies.push(ms);
    if (answered >= limit) ended.resolve();
    if (requestsPerSecond === undefined) next(connection, performance.now());
    else {
      const sinceMs = due.shift();
      if (sinceMs === undefined) idle.push(connection);
      else next(connection, sinceMs);
    }
  };
  const options = { port, onAnswer, onError: ended.reject };
  const connections = Array.from({ length: count }, () => new LoadConnection(options));
  const startedMs = performance.now();
  if (requestsPerSecond === undefined) for (const connection of connections) next(connection, startedMs);
  else {
    idle.push(...connections);
    let planned = 0;
    const tick = () => {
      const nowMs = performance.now();
      for (; planned < ((nowMs - startedMs) * requestsPerSecond) / 1_000; planned++) {
        const connection = idle.pop();
        if (connection) next(connection, nowMs);
        else due.push(nowMs);
      }
      timer = setTimeout(tick, 1);
    };
    let timer = setTimeout(tick, 1);
    ended.promise.finally(() => clearTimeout(timer)).catch(() => undefined);
  }
  if ('ms' in until) setTimeout(ended.resolve, until.ms);
  await ended.promise;
  const elapsedMs = performance.now() - startedMs;
  for (const connection of connections) connection.close();
  return {
    requests: answered,
    serverErrors: connections.reduce((sum, one) => sum + one.serverErrors, 0),
    elapsedMs,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
});
