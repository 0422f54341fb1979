import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { handlerInvoker, type Invoker } from '../../../infra/local/event-source-mapping/index.ts';
import {
  ENTITY_SLICE,
  type EntityDefinition,
  RejectError,
  type SourceDocument,
  type State,
  type Transform,
  type VirtualClock,
} from '../../../services/core/index.ts';
import { dataOf } from '../../../services/stream/decode-batch.ts';
import { kinesisConsumer } from '../../../services/stream/kinesis-consumer.ts';
import type { Quarantine } from '../../../services/stream/quarantine.ts';
import type { History } from './history.ts';
import type { MutantName } from './mutant.ts';
import { type Random, whole } from './random.ts';
import { relic, thing } from './simulated-database.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { Sink } from './sinks.ts';

/** One way from a stream into a sink. */
export interface Projection {
  readonly name: string;
  readonly entity: EntityDefinition;
  readonly slice: string;
  readonly sink: 'conditional' | 'guarded';
  readonly fields: readonly string[];
}

export const PROJECTIONS: readonly Projection[] = [
  { name: 'part-table', entity: thing, slice: 'part', sink: 'conditional', fields: ['part'] },
  { name: 'thing-index', entity: thing, slice: ENTITY_SLICE, sink: 'guarded', fields: ['part', 'rest'] },
  { name: 'relic-table', entity: relic, slice: ENTITY_SLICE, sink: 'conditional', fields: ['part', 'rest'] },
];

/** Takes a projection's fields of a document; poison only once the transform is mended. */
export const transformOf =
  ({ fields }: Projection, isMended: () => boolean): Transform =>
  (document: SourceDocument): State => {
    if (!isMended() && String(document.part).startsWith('poison')) throw new RejectError('this is poison');
    return Object.fromEntries(fields.map((field) => [field, document[field]]));
  };

export interface SimulatedLambdaOptions {
  readonly projection: Projection;
  readonly sink: Sink;
  readonly quarantine: Quarantine;
  readonly transform: Transform;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly history: History;
  readonly mutant: MutantName | undefined;
  readonly failures: () => number;
  /** The part of invocations that die. */
  readonly deadly: () => number;
}

/** The shipped consumer as a Lambda function: each invocation may die at any of its calls. */
export const simulatedLambda = (options: SimulatedLambdaOptions): Invoker => {
  const { projection, history, random, clock, failures, sink, deadly, mutant } = options;
  const handle = async (event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> => {
    for (const record of event.Records) history.delivered(projection.name, dataOf(record));
    const process = new SimulatedProcess({ name: projection.name, clock, random, failures });
    if (random() < deadly()) {
      process.crashAt({ calls: whole(random, 6), phase: random() < 0.5 ? 'before' : 'after' });
    }
    const consume = kinesisConsumer({
      name: projection.name,
      slice: projection.slice,
      transform: options.transform,
      store: sink.as(process),
      quarantine: quarantineOf(options.quarantine, process),
      clock: process,
      report: () => undefined,
      storeBatchSize: 2,
    });
    return Promise.race([consume(event), death(process)]);
  };
  return handlerInvoker(async (event) => {
    const answer = await handle(event);
    return mutant === 'highest-failure' ? highest(answer, event) : answer;
  });
};

/** The quarantine as a process sees it. */
export const quarantineOf = (quarantine: Quarantine, process: SimulatedProcess): Quarantine => ({
  put: (entry) => process.call(() => quarantine.put(entry)),
  list: (source) => quarantine.list(source),
  remove: (entry) => process.call(() => quarantine.remove(entry)),
});

const death = (process: SimulatedProcess): Promise<never> =>
  new Promise((_, reject) => process.onDeath(() => reject(new Error('the function died'))));

const highest = (
  answer: KinesisStreamBatchResponse,
  event: KinesisStreamEvent,
): KinesisStreamBatchResponse => {
  const last = event.Records.at(-1);
  if (answer.batchItemFailures.length === 0 || !last) return answer;
  return { batchItemFailures: [{ itemIdentifier: last.kinesis.sequenceNumber }] };
};
