import type { KinesisStreamEvent } from 'aws-lambda';
import {
  EventSourceMapping,
  type EventSourceMappingOptions,
  handlerInvoker,
  type MappingConfiguration,
  MemoryDestination,
  MemoryStream,
  type MemoryStreamOptions,
} from '../../infra/local/event-source-mapping/index.ts';
import { VirtualClock } from '../../services/core/index.ts';

/** What one invocation was given: the data of its records, in order. */
export type Delivery = readonly string[];

export interface SimulatedMapping {
  readonly clock: VirtualClock;
  readonly stream: MemoryStream;
  readonly mapping: EventSourceMapping;
  readonly destination: MemoryDestination;
  readonly deliveries: Delivery[];
  /** The same, with the time of each since the clock began. */
  readonly timed: { readonly atMs: number; readonly data: Delivery }[];
  put(partitionKey: string, ...data: readonly string[]): void;
}

export interface SimulatedMappingOptions {
  readonly configuration?: Partial<MappingConfiguration>;
  /** What the function does with a batch's data; the event is there for identifiers. */
  readonly handle?: (data: Delivery, event: KinesisStreamEvent) => Promise<unknown> | unknown;
  readonly clock?: VirtualClock;
  readonly stream?: Omit<MemoryStreamOptions, 'clock'>;
  readonly options?: Partial<EventSourceMappingOptions>;
}

export const dataOf = (event: KinesisStreamEvent): string[] =>
  event.Records.map((record) => Buffer.from(record.kinesis.data, 'base64').toString());

/** A mapping on a stream in memory, under a virtual clock; not started. */
export const simulatedMapping = (given: SimulatedMappingOptions = {}): SimulatedMapping => {
  const clock = given.clock ?? new VirtualClock();
  const startMs = clock.nowMs();
  const stream = new MemoryStream({ clock, ...given.stream });
  const destination = new MemoryDestination();
  const deliveries: Delivery[] = [];
  const timed: { atMs: number; data: Delivery }[] = [];
  const handler = async (event: KinesisStreamEvent): Promise<unknown> => {
    const data = dataOf(event);
    deliveries.push(data);
    timed.push({ atMs: clock.nowMs() - startMs, data });
    return given.handle?.(data, event);
  };
  const mapping = new EventSourceMapping({
    configuration: { StartingPosition: 'TRIM_HORIZON', ...given.configuration },
    ...{ stream, clock, destination, invoker: handlerInvoker(handler) },
    ...given.options,
  });
  const put = (partitionKey: string, ...data: readonly string[]) => {
    for (const one of data) stream.put({ partitionKey, data: one });
  };
  return { clock, stream, mapping, destination, deliveries, timed, put };
};

/** The answer that reports the records with this data as failed. */
export const failing = (event: KinesisStreamEvent, ...data: readonly string[]) => ({
  batchItemFailures: event.Records.filter((record) =>
    data.includes(Buffer.from(record.kinesis.data, 'base64').toString()),
  ).map((record) => ({ itemIdentifier: record.kinesis.sequenceNumber })),
});
