import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { BanyanError, type Clock, pause } from '../../services/core/index.ts';
import type { RouteTotals } from '../metrics/readings.ts';
import { sumOfTotals } from '../readings/sum-of-totals.ts';
import type { FromWorker, ToWorker, WorkerMetrics, WorkerReport } from './worker-link.ts';

/** A worker that ended before it listened; it has said why. */
export class WorkerFailedError extends BanyanError {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('worker-failed', 'a worker ended before it listened');
    this.exitCode = exitCode;
  }
}

/** A worker that lived so long has ended by accident, and not because it cannot live. */
const HEALTHY_MS = 30_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;
const REPORT_TIMEOUT_MS = 2_000;
/** What a worker may take to end beyond its draining. */
const GRACE_MS = 5_000;

/** What workers that are gone had counted when last asked: a sum must not fall because one of its parts has died. */
export interface Departed {
  readonly metrics: WorkerMetrics[];
  readonly readings: { [dial: string]: RouteTotals };
}

/** Processes that share one address, each with a proxy of its own; one that dies is replaced. */
export class Workers {
  readonly #count: number;
  readonly #drainMs: number;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #closing = new AbortController();
  readonly #last = new Map<Worker, WorkerReport>();
  readonly #listening = new Set<Worker>();
  readonly departed: Departed = { metrics: [], readings: {} };
  #waitMs = FIRST_WAIT_MS;
  #asked = 0;

  constructor(options: { count: number; drainMs: number; clock: Clock; log: Logger }) {
    this.#count = options.count;
    this.#drainMs = options.drainMs;
    this.#clock = options.clock;
    this.#log = options.log;
    // Counters may be infinite or not a number, which JSON does not have.
    cluster.setupPrimary({ serialization: 'advanced' });
  }

  /** Resolves when all listen, with what the first one said. @throws WorkerFailedError */
  async start(): Promise<{ readonly address: string; readonly storeAway: string | null }> {
    const all = await Promise.all(Array.from({ length: this.#count }, () => this.#fork()));
    const [{ listening: address, storeAway } = { listening: '', storeAway: null }] = all;
    return { address, storeAway };
  }

  /** What every worker shows of itself; one that does not answer in time is left out. */
  async reports(): Promise<WorkerReport[]> {
    const reports = await Promise.all([...this.#listening].map((worker) => this.#ask(worker)));
    return reports.filter((report) => report !== undefined);
  }

  /** How many listen. */
  get listening(): number {
    return this.#listening.size;
  }

  /** Lets every worker drain, and ends those that do not. */
  async close(): Promise<void> {
    this.#closing.abort();
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    const ended = Promise.all(workers.map((worker) => worker.isDead() || once(worker, 'exit')));
    for (const worker of workers) tell(worker, 'drain');
    const over = new AbortController();
    const late = pause(this.#clock, this.#drainMs + GRACE_MS, over.signal).then(() => {
      if (!over.signal.aborted) for (const worker of workers) worker.process.kill('SIGKILL');
    });
    await ended;
    over.abort();
    await late;
  }

  #fork(): Promise<Extract<FromWorker, { listening: string }>> {
    const worker = cluster.fork();
    const startedMs = this.#clock.nowMs();
    const ready = Promise.withResolvers<Extract<FromWorker, { listening: string }>>();
    worker.on('message', (message: FromWorker) => {
      if (!('listening' in message)) return;
      this.#listening.add(worker);
      ready.resolve(message);
    });
    worker.once('exit', (code, signal) => {
      this.#depart(worker);
      if (this.#listening.delete(worker)) void this.#replace({ code, signal, startedMs });
      else ready.reject(new WorkerFailedError(code));
    });
    return ready.promise;
  }

  /** Forks until one lives; the wait doubles while they die young. */
  async #replace(died: { code: number; signal: string; startedMs: number }): Promise<void> {
    if (this.#closing.signal.aborted) return;
    if (this.#clock.nowMs() - died.startedMs > HEALTHY_MS) this.#waitMs = FIRST_WAIT_MS;
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    this.#log.error({ code: died.code, signal: died.signal, waitMs }, 'a worker died and is replaced');
    await pause(this.#clock, waitMs, this.#closing.signal);
    if (this.#closing.signal.aborted) return;
    const startedMs = this.#clock.nowMs();
    await this.#fork().catch((thrown: unknown) =>
      this.#replace({
        code: thrown instanceof WorkerFailedError ? thrown.exitCode : 1,
        signal: '',
        startedMs,
      }),
    );
  }

  #ask(worker: Worker): Promise<WorkerReport | undefined> {
    const id = ++this.#asked;
    const { promise, resolve } = Promise.withResolvers<WorkerReport | undefined>();
    const answered = new AbortController();
    const onMessage = (message: FromWorker) => {
      if (!('report' in message) || message.report !== id) return;
      this.#last.set(worker, message.of);
      resolve(message.of);
    };
    const gone = () => resolve(undefined);
    worker.on('message', onMessage);
    worker.once('exit', gone);
    void pause(this.#clock, REPORT_TIMEOUT_MS, answered.signal).then(gone);
    tell(worker, { report: id });
    return promise.finally(() => {
      answered.abort();
      worker.off('message', onMessage);
      worker.off('exit', gone);
    });
  }

  /** Keeps what a worker had counted when it was last asked. */
  #depart(worker: Worker): void {
    const last = this.#last.get(worker);
    this.#last.delete(worker);
    if (!last) return;
    this.departed.metrics.push(last.metrics.filter(({ type }) => String(type) !== 'gauge'));
    const { readings } = this.departed;
    for (const [dial, totals] of Object.entries(last.state.readings))
      readings[dial] = sumOfTotals(readings[dial], totals) ?? totals;
  }
}

const tell = (worker: Worker, message: ToWorker): void => {
  if (worker.isConnected()) worker.send(message);
};
