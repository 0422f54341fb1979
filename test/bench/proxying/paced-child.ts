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

/** A timer's shortest. In between, whatever is due goes with the next answer, or all of a tick would come at once. */
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
  /** When those were due that found no connection idle. */
  const due: number[] = [];
  /** Of the phase, made before it: whatever grew meanwhile would be collected meanwhile. */
  let latencies = new Float64Array();
  let answered = 0;
  let sent = 0;
  let sendDue = () => {};
  const next = (connection: LoadConnection, sinceMs: number) =>
    connection.send(requests[sent++ % requests.length] as Buffer, sinceMs);
  const onAnswer = (connection: LoadConnection, sinceMs: number) => {
    latencies[answered++] = performance.now() - sinceMs;
    const waiting = due.shift();
    if (waiting === undefined) idle.push(connection);
    else next(connection, waiting);
    sendDue();
  };
  const options = { port, onAnswer, onError: broken.reject };
  const connections = Array.from({ length: count }, () => new LoadConnection(options));
  idle.push(...connections);
  const errors = () => connections.reduce((sum, one) => sum + one.serverErrors, 0);
  const carryOut = async ({ ms, requestsPerSecond }: Phase): Promise<void> => {
    latencies = new Float64Array(Math.ceil((ms * requestsPerSecond) / 1_000) + 1);
    answered = 0;
    const errorsBefore = errors();
    const startedMs = performance.now();
    let planned = 0;
    sendDue = () => {
      const nowMs = performance.now();
      const soFar = Math.min(nowMs - startedMs, ms) * (requestsPerSecond / 1_000);
      for (; planned < soFar; planned++) {
        const connection = idle.pop();
        if (connection) next(connection, nowMs);
        else due.push(nowMs);
      }
    };
    while (performance.now() - startedMs < ms) {
      sendDue();
      await delay(TICK_MS);
    }
    sendDue = () => {};
    // What is late belongs to it too.
    while (idle.length < connections.length) await delay(TICK_MS);
    const elapsedMs = performance.now() - startedMs;
    const serverErrors = errors() - errorsBefore;
    const times = timesOf([...latencies.subarray(0, answered)]);
    results.push({ requests: answered, serverErrors, elapsedMs, ...times });
  };
  const all = async () => {
    for (const phase of phases) await carryOut(phase);
  };
  await Promise.race([all(), broken.promise]);
  for (const connection of connections) connection.close();
  return results;
});
