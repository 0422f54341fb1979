import { BanyanError } from '../core/index.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import type { InspectedRow } from './inspect-row.ts';
import { StreamHolds } from './stream-holds.ts';
import { joinRows, type RecordLimits, type StreamRecord } from './stream-record.ts';

export interface SchedulerSettings extends RecordLimits {
  /** Records of one batch. */
  readonly maxBatchRecords: number;
  /** A batch's size; a single record may be larger. */
  readonly maxBatchBytes: number;
  /** How long a batch waits for more records before it goes out as it is, while little is in flight. */
  readonly lingerMs: number;
  readonly backoff: Backoff;
}

/** What every full batch in flight adds to a batch's wait, in lingers. */
const LINGERS_PER_BATCH = 8;

/** Records of different keys of one stream: they may be sent in any order. */
export interface Batch {
  readonly stream: string;
  readonly records: readonly StreamRecord[];
}

/** One key's rows in their order. It is ready, delayed by a failure, or (in neither set) in flight. */
interface Lane {
  readonly stream: string;
  readonly key: string;
  readonly rows: InspectedRow[];
  failures: number;
  /** Since when it is ready, or from when on it will be. */
  atMs: number;
}

/**
 * Decides what may be sent next (law 6): at most one record per key is in flight, so that a failure delays
 * later rows of its own key and of no other; what waits behind it travels together. It holds no timer: the
 * caller asks `waitMs`, takes a batch and says what became of each record. Nothing leaves it but by success.
 */
export class KeyScheduler {
  readonly #settings: SchedulerSettings;
  readonly #random: () => number;
  /** By stream and key. */
  readonly #lanes = new Map<string, Map<string, Lane>>();
  readonly #inFlight = new Map<StreamRecord, Lane>();
  /** By stream; in the order in which they became ready. */
  readonly #ready = new Map<string, Set<Lane>>();
  readonly #delayed = new Set<Lane>();
  readonly #holds: StreamHolds;
  #delayedUntilMs = Number.POSITIVE_INFINITY;
  #rows = 0;
  #bytes = 0;
  #nowMs = 0;

  constructor(options: { settings: SchedulerSettings; random: () => number }) {
    this.#settings = options.settings;
    this.#random = options.random;
    const { backoff, maxBatchRecords: maxRecords } = options.settings;
    this.#holds = new StreamHolds({ backoff, random: options.random, maxRecords });
  }

  /** Rows that are waiting or in flight. */
  get rows(): number {
    return this.#rows;
  }

  /** Of their events. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a row behind those of its key; the caller adds none twice. */
  add(row: InspectedRow, nowMs: number): void {
    this.#rows += 1;
    this.#bytes += row.bytes;
    const lanes = this.#lanesOf(row.stream);
    const lane = lanes.get(row.key);
    if (lane) {
      lane.rows.push(row);
    } else {
      const added: Lane = { stream: row.stream, key: row.key, rows: [row], failures: 0, atMs: nowMs };
      lanes.set(row.key, added);
      this.#makeReady(added, nowMs);
    }
  }

  /**
   * How long a batch waits for company now. When full batches are in flight, rows have been waiting anyway, and
   * full batches take less time for each record.
   */
  get lingerMs(): number {
    const fullBatches = Math.floor(this.#inFlight.size / this.#settings.maxBatchRecords);
    return this.#settings.lingerMs * (1 + LINGERS_PER_BATCH * fullBatches);
  }

  /** How long until there is a batch to take: 0 when there is one, infinity when nothing waits. */
  waitMs(nowMs: number): number {
    this.#moveTo(nowMs);
    let dueMs = this.#delayedUntilMs;
    for (const [stream, lanes] of this.#ready) dueMs = Math.min(dueMs, this.#dueMs(stream, lanes));
    return Math.max(0, dueMs - nowMs);
  }

  /**
   * A batch of one stream whose linger is over or whose records fill it; the streams take turns. Of a stream
   * that did not answer, one record, and then more and more.
   */
  take(nowMs: number): Batch | undefined {
    this.#moveTo(nowMs);
    for (const [stream, lanes] of this.#ready) {
      if (this.#dueMs(stream, lanes) > nowMs) continue;
      const records = this.#fill(lanes, this.#holds.ask(stream));
      this.#ready.delete(stream);
      if (lanes.size > 0) this.#ready.set(stream, lanes);
      return { stream, records };
    }
    return undefined;
  }

  /** The stream has the record: its rows leave, and what waited behind them is next. */
  succeed(record: StreamRecord, nowMs: number): void {
    const lane = this.#landed(record);
    for (const row of record.rows) this.#bytes -= row.bytes;
    this.#rows -= record.rows.length;
    lane.failures = 0;
    lane.rows.splice(0, record.rows.length);
    if (lane.rows.length > 0) this.#makeReady(lane, nowMs);
    else this.#lanesOf(lane.stream).delete(lane.key);
  }

  /** The stream does not have the record, or may not have it: its key waits and tries again. */
  fail(record: StreamRecord, nowMs: number): void {
    const lane = this.#landed(record);
    lane.failures += 1;
    lane.atMs = nowMs + backoffMs(lane.failures, this.#settings.backoff, this.#random);
    this.#delayed.add(lane);
    this.#delayedUntilMs = Math.min(this.#delayedUntilMs, lane.atMs);
  }

  /** The stream answered a batch, whatever it took of it. */
  answered(stream: string): void {
    this.#holds.answered(stream);
  }

  /** The stream did not answer a batch: nothing goes there for a while, and then one record, to ask. */
  missed(stream: string, nowMs: number): void {
    this.#holds.missed(stream, nowMs);
  }

  /** Nothing of a batch was for the stream itself. */
  notAsked(stream: string): void {
    this.#holds.notAsked(stream);
  }

  #fill(lanes: Set<Lane>, maxRecords: number): StreamRecord[] {
    const records: StreamRecord[] = [];
    let bytes = 0;
    for (const lane of lanes) {
      const record = joinRows(lane.stream, lane.key, lane.rows, this.#settings);
      const fits = bytes + record.bytes <= this.#settings.maxBatchBytes;
      if (records.length === maxRecords || (records.length > 0 && !fits)) break;
      records.push(record);
      bytes += record.bytes;
      lanes.delete(lane);
      this.#inFlight.set(record, lane);
    }
    return records;
  }

  #dueMs(stream: string, lanes: Set<Lane>): number {
    const freeAtMs = this.#holds.freeAtMs(stream);
    if (lanes.size >= this.#settings.maxBatchRecords) return freeAtMs;
    const [first] = lanes;
    return first ? Math.max(freeAtMs, first.atMs + this.lingerMs) : Number.POSITIVE_INFINITY;
  }

  #makeReady(lane: Lane, nowMs: number): void {
    lane.atMs = nowMs;
    const lanes = this.#ready.get(lane.stream);
    if (lanes) lanes.add(lane);
    else this.#ready.set(lane.stream, new Set([lane]));
  }

  #moveTo(nowMs: number): void {
    this.#followClockBack(nowMs);
    if (nowMs < this.#delayedUntilMs) return;
    this.#delayedUntilMs = Number.POSITIVE_INFINITY;
    for (const lane of this.#delayed) {
      if (lane.atMs <= nowMs) {
        this.#delayed.delete(lane);
        this.#makeReady(lane, nowMs);
      } else {
        this.#delayedUntilMs = Math.min(this.#delayedUntilMs, lane.atMs);
      }
    }
  }

  /** A clock that is set back makes nothing wait longer. */
  #followClockBack(nowMs: number): void {
    const backMs = this.#nowMs - nowMs;
    this.#nowMs = nowMs;
    if (backMs <= 0) return;
    for (const lanes of this.#lanes.values()) for (const lane of lanes.values()) lane.atMs -= backMs;
    this.#delayedUntilMs -= backMs;
    this.#holds.moveBack(backMs);
  }

  #landed(record: StreamRecord): Lane {
    const lane = this.#inFlight.get(record);
    if (!lane) throw new BanyanError('not-in-flight', `no record of ${record.key} is in flight`);
    this.#inFlight.delete(record);
    return lane;
  }

  #lanesOf(stream: string): Map<string, Lane> {
    const lanes = this.#lanes.get(stream) ?? new Map<string, Lane>();
    if (!this.#lanes.has(stream)) this.#lanes.set(stream, lanes);
    return lanes;
  }
}
