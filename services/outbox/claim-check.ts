import { BanyanError, messageOf } from '../core/index.ts';
import type { ClaimStore } from '../stream/claim-store.ts';
import type { EventStream, SendOutcome, StreamEntry } from './event-stream.ts';

/** The largest event that an outbox row holds: `maxRecordBytes` of a relay whose stream is a ClaimCheckStream. */
export const CLAIM_CHECK_RECORD_BYTES = 16 * 1024 * 1024;

/** What a claim check needs. */
export interface ClaimCheckStreamOptions {
  /** Required. The stream that takes no record above `maxRecordBytes`. */
  readonly stream: EventStream;
  /** Required. Keeps the data; consumers need the same one, for `resolveClaims`. */
  readonly claims: ClaimStore;
  /** Optional: defaults to 1 MiB, which is Kinesis' limit. Of data and key. */
  readonly maxRecordBytes?: number;
}

/**
 * Sends events that are too large for a stream by reference: their data are kept in a claim store, and the
 * record carries the event without them, with the CloudEvents extension `dataref` (`resolveClaims` puts them
 * back). So a relay has nothing to quarantine for its size:
 *
 * ```ts
 * const claims = new S3ClaimStore({ client: new S3Client({}), bucket });
 * new Relay({ …, stream: new ClaimCheckStream({ stream, claims }),
 *   settings: relaySettings({ maxRecordBytes: CLAIM_CHECK_RECORD_BYTES }) });
 * ```
 * https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/dataref.md
 */
export class ClaimCheckStream implements EventStream {
  readonly #stream: EventStream;
  readonly #claims: ClaimStore;
  readonly #maxRecordBytes: number;

  constructor(options: ClaimCheckStreamOptions) {
    this.#stream = options.stream;
    this.#claims = options.claims;
    this.#maxRecordBytes = options.maxRecordBytes ?? 1024 * 1024;
  }

  /** An entry whose claim could not be kept fails alone, and is sent again. */
  async send(stream: string, entries: readonly StreamEntry[]): Promise<SendOutcome[]> {
    const checked = await Promise.all(entries.map((entry) => this.#checkedOrError(stream, entry)));
    const sendable = checked.flatMap((entry) => (entry instanceof Error ? [] : [entry]));
    const outcomes = sendable.length > 0 ? await this.#stream.send(stream, sendable) : [];
    return checked.map((entry) => (entry instanceof Error ? entry : outcomes[sendable.indexOf(entry)]));
  }

  async #checkedOrError(stream: string, entry: StreamEntry): Promise<StreamEntry | Error> {
    if (Buffer.byteLength(entry.key) + Buffer.byteLength(entry.data) <= this.#maxRecordBytes) return entry;
    try {
      return { key: entry.key, data: await this.#check(stream, entry.data) };
    } catch (cause) {
      const message = `the data of ${entry.key} could not be kept apart from ${stream}: ${messageOf(cause)}`;
      return new BanyanError('claim-failed', message, { retryable: true, cause });
    }
  }

  async #check(stream: string, json: string): Promise<string> {
    const parsed = JSON.parse(json) as Event | Event[];
    if (!Array.isArray(parsed)) return JSON.stringify(await this.#claim(stream, parsed));
    return JSON.stringify(await Promise.all(parsed.map((event) => this.#claim(stream, event))));
  }

  async #claim(stream: string, { data, ...event }: Event): Promise<object> {
    const dataref = await this.#claims.put(`${stream}/${event.id}.json`, JSON.stringify(data));
    return { ...event, dataref };
  }
}

interface Event {
  readonly id: string;
  readonly data: unknown;
  readonly [attribute: string]: unknown;
}
