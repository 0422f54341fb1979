import {
  IteratorExpiredError,
  MemoryStream,
  type Position,
  type ReadResult,
  type StreamDescription,
  type StreamReader,
} from '../../../infra/local/event-source-mapping/index.ts';
import { BanyanError, type Clock } from '../../../services/core/index.ts';
import type { EventStream, SendOutcome, StreamEntry } from '../../../services/outbox/event-stream.ts';
import type { History } from './history.ts';
import { type Random, whole } from './random.ts';

/** How often something goes wrong between a producer and the streams: parts of all requests, or of all records. */
export interface StreamWeather {
  /** Requests that are refused as a whole. */
  readonly refusedRequests: number;
  /** Records that are refused while others of their request are taken. */
  readonly refusedRecords: number;
  /** Requests that are taken, in part or as a whole, while the producer is told that they failed. */
  readonly lostAnswers: number;
  /** Requests that the producer has given up on before they arrive. */
  readonly lateRequests: number;
}

const CALM: StreamWeather = { refusedRequests: 0, refusedRecords: 0, lostAnswers: 0, lateRequests: 0 };
const LATEST_MS = 3_000;

export interface SimulatedKinesisOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly history: History;
  readonly streams: readonly string[];
  readonly shards: number;
  readonly retentionMs: number;
  readonly weather: StreamWeather;
}

/** Streams that refuse, lose answers, come late, are away, split and merge; what they take, they keep. */
export class SimulatedKinesis implements EventStream {
  readonly #options: SimulatedKinesisOptions;
  readonly #streams: Map<string, MemoryStream>;
  #weather: StreamWeather;
  #awayUntilMs = 0;

  constructor(options: SimulatedKinesisOptions) {
    const { clock, shards, retentionMs } = options;
    this.#options = options;
    this.#weather = options.weather;
    this.#streams = new Map(
      options.streams.map((name) => [name, new MemoryStream({ clock, shards, retentionMs })]),
    );
  }

  async send(stream: string, entries: readonly StreamEntry[]): Promise<SendOutcome[]> {
    this.#assertHere();
    const { random, clock } = this.#options;
    const { refusedRequests, lostAnswers, lateRequests, refusedRecords } = this.#weather;
    if (random() < refusedRequests) throw refused();
    if (random() < lateRequests) {
      void clock.sleep(whole(random, LATEST_MS)).then(() => this.#put(stream, entries));
      throw refused();
    }
    if (random() < lostAnswers) {
      const taken = random() < 0.5 ? entries : entries.filter(() => random() < 0.5);
      this.#put(stream, taken);
      throw refused();
    }
    const outcomes = entries.map((): SendOutcome => (random() < refusedRecords ? refused() : undefined));
    this.#put(
      stream,
      entries.filter((_, at) => outcomes[at] === undefined),
    );
    return outcomes;
  }

  /** The stream as a consumer reads it. */
  reader(stream: string): StreamReader {
    const here = this.#of(stream);
    return {
      describe: (): Promise<StreamDescription> => this.#whenHere(() => here.describe()),
      iterator: (shardId: string, position: Position): Promise<string> =>
        this.#whenHere(() => here.iterator(shardId, position)),
      read: (iterator: string, limit: number): Promise<ReadResult> =>
        this.#whenHere(() => {
          if (this.#options.random() < this.#weather.refusedRequests / 4) throw new IteratorExpiredError();
          return here.read(iterator, limit);
        }),
    };
  }

  away(ms: number): void {
    this.#awayUntilMs = this.#options.clock.nowMs() + ms;
  }

  heal(): void {
    this.#weather = CALM;
    this.#awayUntilMs = 0;
  }

  /** Splits one open shard of each stream. */
  split(): void {
    for (const stream of this.#streams.values()) {
      const open = stream.openShardIds();
      const shard = open[whole(this.#options.random, open.length)];
      if (shard && open.length < 4) stream.split(shard);
    }
  }

  /** Merges two neighbours of each stream that has any. */
  merge(): void {
    for (const stream of this.#streams.values()) {
      const [first, second] = stream.openShardIds();
      if (first && second) stream.merge(first, second);
    }
  }

  /** In any order: PutRecords promises none. */
  #put(stream: string, entries: readonly StreamEntry[]): void {
    const { random, history } = this.#options;
    const waiting = [...entries];
    while (waiting.length > 0) {
      for (const { key, data } of waiting.splice(whole(random, waiting.length), 1)) {
        this.#of(stream).put({ partitionKey: key, data });
        history.arrived(stream, data);
      }
    }
  }

  async #whenHere<T>(ask: () => Promise<T>): Promise<T> {
    this.#assertHere();
    return ask();
  }

  #assertHere(): void {
    if (this.#options.clock.nowMs() < this.#awayUntilMs) throw refused();
  }

  #of(stream: string): MemoryStream {
    const found = this.#streams.get(stream);
    if (!found) throw new BanyanError('unknown-stream', `there is no stream ${stream}`);
    return found;
  }
}

const refused = (): BanyanError =>
  new BanyanError('refused', 'Kinesis did not take it, as far as one can tell', { retryable: true });
