import { messageOf } from '../core/index.ts';
import type { RelayEvent } from './relay-event.ts';

/** Over how long a throughput is measured. */
const WINDOW_MS = 10_000;

/** What a relay has done since it started. */
export interface RelayCounts {
  readonly publishedRows: number;
  readonly acknowledgedRows: number;
  readonly quarantinedRows: number;
  readonly sweptRows: number;
  /** Records that failed, once per attempt. */
  readonly failedRecords: number;
  readonly terms: number;
  readonly lostTokens: number;
  /** Over the last ten seconds. */
  readonly publishedRowsPerSecond: number;
  readonly lastError: { readonly message: string; readonly atMs: number } | undefined;
}

/** Counts what a relay tells. */
export class RelayCounters {
  readonly #recent: { readonly atMs: number; rows: number }[] = [];
  #publishedRows = 0;
  #acknowledgedRows = 0;
  #quarantinedRows = 0;
  #sweptRows = 0;
  #failedRecords = 0;
  #terms = 0;
  #lostTokens = 0;
  #lastError: RelayCounts['lastError'];

  count(event: RelayEvent, nowMs: number): void {
    if ('error' in event) this.#lastError = { message: messageOf(event.error), atMs: nowMs };
    if (event.type === 'published') this.#published(event.rows.length, nowMs);
    else if (event.type === 'acknowledged') this.#acknowledgedRows += event.rows;
    else if (event.type === 'quarantined') this.#quarantinedRows += 1;
    else if (event.type === 'swept') this.#sweptRows += 1;
    else if (event.type === 'send-failed') this.#failedRecords += event.records;
    else if (event.type === 'leading') this.#terms += 1;
    else if (event.type === 'token-lost') this.#lostTokens += 1;
  }

  counts(nowMs: number): RelayCounts {
    this.#forget(nowMs);
    const recentRows = this.#recent.reduce((sum, { rows }) => sum + rows, 0);
    return {
      publishedRows: this.#publishedRows,
      acknowledgedRows: this.#acknowledgedRows,
      quarantinedRows: this.#quarantinedRows,
      sweptRows: this.#sweptRows,
      failedRecords: this.#failedRecords,
      terms: this.#terms,
      lostTokens: this.#lostTokens,
      publishedRowsPerSecond: (recentRows * 1000) / WINDOW_MS,
      lastError: this.#lastError,
    };
  }

  /** By second, so that ten seconds take ten entries however much is published. */
  #published(rows: number, nowMs: number): void {
    this.#publishedRows += rows;
    const secondMs = Math.floor(nowMs / 1000) * 1000;
    const last = this.#recent.at(-1);
    if (last?.atMs === secondMs) last.rows += rows;
    else this.#recent.push({ atMs: secondMs, rows });
    this.#forget(nowMs);
  }

  #forget(nowMs: number): void {
    while (this.#recent[0] && this.#recent[0].atMs <= nowMs - WINDOW_MS) this.#recent.shift();
  }
}
