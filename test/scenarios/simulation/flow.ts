import { EventSourceMapping } from '../../../infra/local/event-source-mapping/index.ts';
import { withoutKeys } from './mutated-parts.ts';
import { type Projection, simulatedLambda, transformOf } from './projection.ts';
import { randomFor } from './random.ts';
import { ConditionalSink, GuardedSink, type Sink } from './sinks.ts';
import { BEGIN_MS, type WorldParts } from './world-parts.ts';

/** A projection at work: the mapping that feeds its consumer, and the sink that this writes to. */
export interface Flow {
  readonly projection: Projection;
  readonly sink: Sink;
  readonly mapping: EventSourceMapping;
}

const SINKS = { conditional: ConditionalSink, guarded: GuardedSink };

export const createFlow = (projection: Projection, parts: WorldParts): Flow => {
  const { clock, history, mutant, conditions, quarantine, kinesis, schedule } = parts;
  const shared = {
    ...{ clock, history, mutant, random: randomFor(schedule.noise, projection.name) },
    failures: () => conditions.failures(),
  };
  const sink = new SINKS[projection.sink]({ name: projection.name, ...shared });
  const invoker = simulatedLambda({
    ...{ projection, sink, quarantine, ...shared },
    transform: transformOf(projection, () => conditions.isMended),
    deadly: () => conditions.deadlyInvocations(),
  });
  const reader = kinesis.reader(projection.entity.stream);
  const mapping = new EventSourceMapping({
    ...{ invoker, clock, pollMs: 500, backoff: { firstMs: 200, mostMs: 2_000 } },
    stream: mutant === 'no-key-order' ? withoutKeys(reader) : reader,
    configuration: {
      UUID: projection.name,
      ...(mutant === 'latest'
        ? { StartingPosition: 'LATEST' }
        : { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: new Date(BEGIN_MS) }),
      BatchSize: schedule.batchSize,
      ParallelizationFactor: schedule.parallelizationFactor,
      BisectBatchOnFunctionError: schedule.bisect,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  });
  return { projection, sink, mapping };
};
