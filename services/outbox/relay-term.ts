import { BanyanError, type Clock, pause } from '../core/index.ts';
import { Acknowledger } from './acknowledger.ts';
import { Bell } from './bell.ts';
import { LeaseLostError, ResumeTokenLostError } from './errors.ts';
import { inspectRow } from './inspect-row.ts';
import { isTransient } from './is-transient.ts';
import { KeyScheduler } from './key-scheduler.ts';
import type { FeedItem, OutboxFeed, PendingRow, ResumeToken } from './outbox-feed.ts';
import { Publisher } from './publisher.ts';
import type { Grant } from './relay-lease.ts';
import type { RelayParts } from './relay-parts.ts';
import type { RelayTrouble } from './relay-trouble.ts';
import { TokenFrontier } from './token-frontier.ts';

/** Between those who write rows and MongoDB, as a rule; a row of a clock further ahead is swept up later. */
const CLOCKS_DIFFER_BY_MS = 1_000;

/** How full a relay is. */
export interface Load {
  readonly bufferedRows: number;
  readonly bufferedBytes: number;
  readonly requests: number;
}

/**
 * One term as leader: follows the outbox from where the last leader stood, publishes, acknowledges, sweeps,
 * and renews the lease together with the token, until it is told to stop or the lease is gone.
 */
export class RelayTerm {
  readonly #parts: RelayParts;
  readonly #feed: OutboxFeed;
  readonly #clock: Clock;
  readonly #grant: Grant;
  readonly #trouble: RelayTrouble;
  readonly #scheduler: KeyScheduler;
  readonly #publisher: Publisher;
  readonly #acknowledger: Acknowledger;
  readonly #frontier: TokenFrontier;
  readonly #room = new Bell();
  #positionMs: number | undefined;

  /** `trouble`: what the lease is told of it. */
  constructor(parts: RelayParts, grant: Grant, trouble: RelayTrouble) {
    this.#parts = parts;
    this.#feed = parts.feed;
    this.#clock = parts.clock;
    this.#grant = grant;
    this.#trouble = trouble;
    this.#frontier = new TokenFrontier(grant.token);
    this.#scheduler = new KeyScheduler({ settings: parts.settings, random: parts.random });
    this.#acknowledger = new Acknowledger({ ...parts, onAcknowledged: (ids) => this.#onAcknowledged(ids) });
    this.#publisher = new Publisher({
      ...parts,
      scheduler: this.#scheduler,
      onDelivered: (rows) => this.#acknowledger.add(rows.map((row) => row.id)),
    });
  }

  get load(): Load {
    return {
      bufferedRows: this.#bufferedRows,
      bufferedBytes: this.#scheduler.bytes,
      requests: this.#publisher.requests,
    };
  }

  /**
   * Leads until `stop` aborts; what is under way then is finished, acknowledged and saved.
   * @throws LeaseLostError when another relay leads, or whatever ended the term.
   */
  async run(stop: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const end = AbortSignal.any([stop, failed.signal]);
    end.addEventListener('abort', () => this.#room.ring(), { once: true });
    const tasks = [this.#follow(end), this.#sweep(end), this.#renew(end)];
    tasks.push(this.#publisher.run(end), this.#acknowledger.run(end));
    for (const task of tasks) task.catch((error: unknown) => failed.abort(error));
    await Promise.allSettled(tasks);
    if (failed.signal.aborted) await this.#giveUp(failed.signal.reason);
    await this.#acknowledger.flush();
    await this.#parts.lease.release(this.#grant, this.#frontier.token);
  }

  /** Lets the next term begin at once, where that can be told; otherwise the lease runs out by itself. */
  async #giveUp(reason: unknown): Promise<never> {
    await this.#parts.lease.release(this.#grant, this.#frontier.token).catch(() => undefined);
    throw reason;
  }

  async #follow(end: AbortSignal): Promise<void> {
    for (let token = this.#frontier.token; !end.aborted; token = null) {
      try {
        return await this.#followFrom(token, end);
      } catch (error) {
        if (!(error instanceof ResumeTokenLostError)) throw error;
        this.#parts.observe({ type: 'token-lost', error });
        await pause(this.#clock, this.#parts.settings.restart.baseMs, end);
      }
    }
  }

  async #followFrom(token: ResumeToken | null, end: AbortSignal): Promise<void> {
    let isComplete = token !== null;
    // The sweeper rests meanwhile: two passes at once would publish rows twice.
    this.#positionMs = undefined;
    for await (const item of this.#feed.follow(token, end)) {
      // Without a token the feed begins now: what was written before goes first, in its own order.
      if (!isComplete) await this.#sweepOnce(item.positionMs + CLOCKS_DIFFER_BY_MS, end);
      isComplete = true;
      this.#positionMs = item.positionMs;
      this.#take(item);
      if (this.#isFull) await this.#untilRoom(end);
    }
    if (!end.aborted) throw new BanyanError('feed-ended', 'the outbox feed has ended', { retryable: true });
  }

  #take({ row, token }: FeedItem): void {
    if (!row) this.#frontier.passed(token);
    // One that a sweep found before is on its way, or published and its acknowledgement is.
    else if (this.#frontier.opened(row.id, token)) this.#schedule(row);
  }

  async #sweep(end: AbortSignal): Promise<void> {
    const { sweepEveryMs, sweepAfterMs } = this.#parts.settings;
    while (!end.aborted) {
      await pause(this.#clock, sweepEveryMs, end);
      if (this.#positionMs !== undefined) await this.#sweepOnce(this.#positionMs - sweepAfterMs, end);
    }
  }

  /** Publishes what the feed has passed and nobody acknowledged: a lost token, a late commit, a restore. */
  async #sweepOnce(createdBeforeMs: number, end: AbortSignal): Promise<void> {
    const isKnown = (id: string) => this.#frontier.has(id);
    await this.#untilRoom(end);
    for await (const row of this.#feed.pending({ createdBeforeMs, isKnown })) {
      if (end.aborted) return;
      if (isKnown(row.id)) continue;
      this.#parts.observe({ type: 'swept', row });
      this.#frontier.found(row.id);
      this.#schedule(row);
      await this.#untilRoom(end);
    }
  }

  #schedule(row: PendingRow): void {
    this.#scheduler.add(inspectRow(row, this.#parts.settings.maxRecordBytes), this.#clock.nowMs());
    this.#publisher.notify();
  }

  /** The lease says how far we are, so that the next leader starts there (law 7). */
  async #renew(end: AbortSignal): Promise<void> {
    const { lease, settings } = this.#parts;
    let renewedAtMs = this.#clock.nowMs();
    while (!end.aborted) {
      await pause(this.#clock, settings.renewEveryMs, end);
      if (end.aborted) return;
      const startedAtMs = this.#clock.nowMs();
      try {
        await lease.renew(this.#grant, this.#frontier.token, this.#trouble.current);
        renewedAtMs = startedAtMs;
      } catch (error) {
        const isOver = this.#clock.nowMs() - renewedAtMs > settings.leaseTtlMs;
        if (isOver || error instanceof LeaseLostError || !isTransient(error)) throw error;
      }
    }
  }

  #onAcknowledged(ids: readonly string[]): void {
    for (const id of ids) this.#frontier.settled(id);
    this.#room.ring();
  }

  get #bufferedRows(): number {
    return this.#scheduler.rows + this.#acknowledger.rows;
  }

  get #isFull(): boolean {
    const { maxBufferedRows, maxBufferedBytes } = this.#parts.settings;
    return this.#bufferedRows >= maxBufferedRows || this.#scheduler.bytes >= maxBufferedBytes;
  }

  async #untilRoom(end: AbortSignal): Promise<void> {
    while (this.#isFull && !end.aborted) await this.#room.wait(this.#clock, Number.POSITIVE_INFINITY);
  }
}
