import {
  type KinesisClient,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
  type PutRecordsResultEntry,
} from '@aws-sdk/client-kinesis';
import { BanyanError, messageOf } from '../core/index.ts';
import type { EventStream, SendOutcome, StreamEntry } from './event-stream.ts';

// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html; the lower of the two size limits.
const MAX_RECORDS = 500;
const MAX_REQUEST_BYTES = 5 * 1024 * 1024;
const MAX_RECORD_BYTES = 1024 * 1024;

/** What publishes to Kinesis, and to which streams. */
export interface KinesisEventStreamOptions {
  /** Required. With a `NodeHttpHandler`: over HTTP/2, the default, emulators break. */
  readonly client: KinesisClient;
  /** Required. Logical stream name → Kinesis stream name. */
  readonly names: { readonly [stream: string]: string };
}

/** Publishes to Kinesis; a record is as large as its data and its key. */
export class KinesisEventStream implements EventStream {
  readonly #options: KinesisEventStreamOptions;

  constructor(options: KinesisEventStreamOptions) {
    this.#options = options;
  }

  async send(stream: string, entries: readonly StreamEntry[]): Promise<SendOutcome[]> {
    const name = this.#options.names[stream];
    if (name === undefined)
      throw new BanyanError('unknown-stream', `no Kinesis stream is named for "${stream}"`);
    const records = entries.map(({ key, data }) => ({ PartitionKey: key, Data: Buffer.from(data) }));
    const sizes = records.map(({ PartitionKey, Data }) => Data.length + Buffer.byteLength(PartitionKey));
    const outcomes: SendOutcome[] = sizes.map(tooLarge);
    const fitting = records.map((_, at) => at).filter((at) => outcomes[at] === undefined);
    for (const places of requestsOf(fitting, (at) => sizes[at] ?? 0)) {
      const sent = places.flatMap((at) => records[at] ?? []);
      const results = await this.#put(name, sent);
      places.forEach((at, place) => {
        outcomes[at] = outcomeOf(name, results[place]);
      });
    }
    return outcomes;
  }

  async #put(name: string, records: PutRecordsRequestEntry[]): Promise<PutRecordsResultEntry[]> {
    try {
      const answer = await this.#options.client.send(
        new PutRecordsCommand({ StreamName: name, Records: records }),
      );
      return answer.Records ?? [];
    } catch (cause) {
      throw new BanyanError(
        'put-records-failed',
        `Kinesis did not take records of ${name}: ${messageOf(cause)}`,
        {
          retryable: true,
          cause,
        },
      );
    }
  }
}

/** Splits records, given as places, into requests that Kinesis takes. */
const requestsOf = (places: readonly number[], sizeOf: (at: number) => number): number[][] => {
  const requests: number[][] = [];
  let current: number[] = [];
  let bytes = 0;
  for (const at of places) {
    if (current.length === MAX_RECORDS || (current.length > 0 && bytes + sizeOf(at) > MAX_REQUEST_BYTES)) {
      requests.push(current);
      current = [];
      bytes = 0;
    }
    current.push(at);
    bytes += sizeOf(at);
  }
  return current.length > 0 ? [...requests, current] : requests;
};

const tooLarge = (bytes: number): SendOutcome =>
  bytes > MAX_RECORD_BYTES
    ? new BanyanError('record-too-large', `the record takes ${bytes} bytes, and Kinesis ${MAX_RECORD_BYTES}`)
    : undefined;

/** Only a sequence number proves that Kinesis has the record. */
const outcomeOf = (name: string, result: PutRecordsResultEntry | undefined): SendOutcome =>
  result?.SequenceNumber !== undefined && result.ErrorCode === undefined
    ? undefined
    : new BanyanError(
        'record-refused',
        `${name}: ${result?.ErrorCode ?? 'no answer'} ${result?.ErrorMessage ?? ''}`,
        {
          retryable: true,
        },
      );
