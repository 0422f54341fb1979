import { setTimeout as delay } from 'node:timers/promises';
import { serveParent } from '../child.ts';
import { LoadConnection, type LoadPath, type LoadResult, requestsOf, timesOf } from './load.ts';

/** A while at an even pace. */
export interface Phase {
  readonly ms: number;
  readonly requestsPerSecond: number;
}

export interface PacedInput {
  readonly port: number;
  readonly connections: number;
  /** One after the other, over the same connections. */
  readonly phases: readonly Phase[];
  readonly path: LoadPath;
}

const TICK_MS = 1;

/**
 * Sends requests at an even pace, whatever comes back, and times the answers of each phase from when they were due; any
 * connection that breaks fails the run.
 */
await serveParent<PacedInput, number, LoadResult[]>(async (input, parent) => {
  const { port, connections: count, phases, path } = input;
  await parent.ready(process.pid);
  const requests = requestsOf(port, path);
  const broken = Promise.withResolvers<never>();
  const results: LoadResult[] = [];
  const idle: LoadConnection[] = [];
  const due: number[] = [];
  let latencies: number[] = [];
  let sent = 0;
  const next = (connection: LoadConnection, sinceMs: number) =>
    connection.send(requests[sent++ % requests.length] as Buffer, sinceMs);
  const onAnswer = (connection: LoadConnection, sinceMs: number) => {
    latencies.push(performance.now() - sinceMs);
    const waiting = due.shift();
    if (waiting === undefined) idle.push(connection);
    else next(connection, waiting);
  };
  const options = { port, onAnswer, onError: broken.reject };
  const connections = Array.from({ length: count }, () => new LoadConnection(options));
  idle.push(...connections);
  const errors = () => connections.reduce((sum, one) => sum + one.serverErrors, 0);
  const carryOut = async ({ ms, requestsPerSecond }: Phase): Promise<void> => {
    latencies = [];
    const errorsBefore = errors();
    const startedMs = performance.now();
    let planned = 0;
    for (let elapsedMs = 0; elapsedMs < ms; elapsedMs = performance.now() - startedMs) {
      for (; planned < (elapsedMs * requestsPerSecond) / 1_000; planned++) {
        const connection = idle.pop();
        if (connection) next(connection, performance.now());
        else due.push(performance.now());
      }
      await delay(TICK_MS);
    }
    // What is late belongs to it too.
    while (idle.length < connections.length) await delay(TICK_MS);
    const elapsedMs = performance.now() - startedMs;
    const serverErrors = errors() - errorsBefore;
    results.push({ requests: latencies.length, serverErrors, elapsedMs, ...timesOf(latencies) });
  };
  const all = async () => {
    for (const phase of phases) await carryOut(phase);
  };
  await Promise.race([all(), broken.promise]);
  for (const connection of connections) connection.close();
  return results;
});
