import { BanyanError, type Clock } from '../core/index.ts';
import type { Quarantine } from '../stream/quarantine.ts';
import { Bell } from './bell.ts';
import type { EventStream, SendOutcome } from './event-stream.ts';
import type { Batch, KeyScheduler } from './key-scheduler.ts';
import type { PendingRow } from './outbox-feed.ts';
import type { ObserveRelay } from './relay-event.ts';
import type { RelaySettings } from './relay-settings.ts';
import { dataOf, type StreamRecord } from './stream-record.ts';

export interface PublisherOptions {
  readonly scheduler: KeyScheduler;
  readonly stream: EventStream;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  readonly settings: RelaySettings;
  readonly observe: ObserveRelay;
  /** Told of rows once the stream, or the quarantine, has them. */
  onDelivered(rows: readonly PendingRow[]): void;
}

/** Carries what the scheduler gives to the streams, a few requests at a time, and tells it what became of it. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #bell = new Bell();
  readonly #requests = new Set<Promise<void>>();
  /** Whether the loop sleeps over rows that wait for company; more of them need not wake it. */
  #lingering = false;
  #fault: unknown;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Requests under way. */
  get requests(): number {
    return this.#requests.size;
  }

  /** Something was added to the scheduler. */
  notify(): void {
    const { scheduler, clock, settings } = this.#options;
    if (this.#requests.size >= settings.maxRequests) return;
    if (!this.#lingering || scheduler.waitMs(clock.nowMs()) === 0) this.#bell.ring();
  }

  /** Works until `signal` aborts, and then until every request under way has ended. @throws a fault of ours. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#bell.ring(), { once: true });
    while (!signal.aborted && this.#fault === undefined) await this.#step();
    await Promise.all(this.#requests);
    if (this.#fault !== undefined) throw this.#fault;
  }

  async #step(): Promise<void> {
    const { scheduler, clock, settings } = this.#options;
    const isFree = this.#requests.size < settings.maxRequests;
    const batch = isFree ? scheduler.take(clock.nowMs()) : undefined;
    if (batch) return this.#start(batch);
    const waitMs = isFree ? scheduler.waitMs(clock.nowMs()) : Number.POSITIVE_INFINITY;
    this.#lingering = waitMs <= scheduler.lingerMs;
    await this.#bell.wait(clock, waitMs);
    this.#lingering = false;
  }

  #start(batch: Batch): void {
    const request = this.#publish(batch)
      .catch((fault: unknown) => {
        this.#fault ??= fault;
      })
      .then(() => {
        this.#requests.delete(request);
        this.#bell.ring();
      });
    this.#requests.add(request);
  }

  async #publish({ stream, records }: Batch): Promise<void> {
    const rejects = records.filter(isReject);
    const sendable = records.filter((record) => !isReject(record));
    await Promise.all([this.#send(stream, sendable), ...rejects.map((record) => this.#divert(record))]);
  }

  async #send(stream: string, records: readonly StreamRecord[]): Promise<void> {
    const { scheduler, clock, observe, onDelivered } = this.#options;
    if (records.length === 0) return scheduler.notAsked(stream);
    const outcomes = await this.#outcomes(stream, records);
    const atMs = clock.nowMs();
    const sent = records.filter((_, at) => outcomes[at] === undefined);
    const failed = records.filter((_, at) => outcomes[at] !== undefined);
    for (const record of sent) scheduler.succeed(record, atMs);
    for (const record of failed) scheduler.fail(record, atMs);
    const rows = sent.flatMap((record) => record.rows);
    if (rows.length > 0) {
      observe({ type: 'published', rows, atMs });
      onDelivered(rows);
    }
    const error = outcomes.find((outcome) => outcome !== undefined);
    if (error) observe({ type: 'send-failed', stream, records: failed.length, error });
  }

  /** A request that failed as a whole is a failure of each: part of it may have arrived, and is repeated. */
  async #outcomes(stream: string, records: readonly StreamRecord[]): Promise<SendOutcome[]> {
    const entries = records.map((record) => ({ key: record.key, data: dataOf(record) }));
    try {
      const outcomes = await this.#options.stream.send(stream, entries);
      this.#options.scheduler.answered(stream);
      return outcomes;
    } catch (thrown) {
      const error = asError(thrown);
      this.#options.scheduler.missed(stream, this.#options.clock.nowMs());
      return records.map(() => error);
    }
  }

  /** What no stream will ever take goes to quarantine, whole, in its key's turn (law 8). */
  async #divert(record: StreamRecord): Promise<void> {
    const { scheduler, quarantine, clock, observe, onDelivered } = this.#options;
    try {
      for (const row of record.rows) {
        const reason = row.reject ?? '';
        const id = `${String(row.createdAtMs).padStart(15, '0')}-${row.id}`;
        const atMs = clock.nowMs();
        const { stream, key, event } = row;
        await quarantine.put({ id, source: 'relay', stream, key, reason, atMs, body: event });
        observe({ type: 'quarantined', row, reason });
      }
      scheduler.succeed(record, clock.nowMs());
      onDelivered(record.rows);
    } catch (thrown) {
      scheduler.fail(record, clock.nowMs());
      observe({ type: 'send-failed', stream: record.stream, records: 1, error: asError(thrown) });
    }
  }
}

const isReject = (record: StreamRecord): boolean => record.rows.some((row) => row.reject !== undefined);

const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new BanyanError('send-failed', String(thrown), { retryable: true });
