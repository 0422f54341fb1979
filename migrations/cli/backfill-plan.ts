import { formatDuration } from '../../services/core/format-duration.ts';
import { type Forecast, forecast, imbalanceOf, type Measurements } from '../backfill/forecast.ts';
import { prepareBatch } from '../backfill/prepare-batch.ts';
import { readersOf } from '../backfill/readers.ts';
import { loadView, statusOf } from '../backfill/run-view.ts';
import { sampleDocuments } from '../backfill/sample-documents.ts';
import type { Partition } from '../backfill/source.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';
import { type OpenPlan, withPlan } from './open-plan.ts';

export interface PlanOptions {
  readonly filter?: string;
}

const SAMPLE = 2_000;

const SINK_SAYS_NOTHING =
  "  unknown    what the sink takes, and costs: the plan's `openSink` answers no `capacity`, so a copy may take far longer";

/**
 * `backfill plan`: what a copy would do, how long it takes, what it costs and what limits it. Nothing is written, not
 * even the bounds: a run makes its own when it begins, and stores them for as long as it lasts.
 */
export const showPlan = (context: CommandContext, name: string, { filter }: PlanOptions): Promise<ExitCode> =>
  withPlan(context, name, async (open) => {
    const source = open.sourceOf(filter);
    const partitions = await source.partition(open.plan.partitions);
    const measured = await measure(open, filter, partitions);
    const capacity = await open.sink.capacity?.();
    const { batchSize } = open.plan;
    const expected = forecast(measured, { batchSize, readers: readersOf(open.plan), capacity });
    const imbalance = imbalanceOf(partitions);
    const found = await loadView(open.checkpoints, name);
    const unfinished = found && !found.run.ended ? { id: found.run.id, status: statusOf(found) } : undefined;
    context.output.result(
      {
        event: 'result',
        plan: name,
        ...expected,
        imbalance,
        partitions,
        sampled: measured.sample,
        unfinished,
      },
      [
        ...describeForecast(name, expected),
        ...(capacity ? [] : [SINK_SAYS_NOTHING]),
        ...describePartitions(partitions, imbalance),
        ...(unfinished
          ? [`  the run ${unfinished.id} is ${unfinished.status}: it goes on with its own bounds`]
          : []),
      ].join('\n'),
    );
    return EXIT_CODES.ok;
  });

const measure = async (
  open: OpenPlan,
  filter: string | undefined,
  partitions: readonly Partition[],
): Promise<Measurements> => {
  const documents = partitions.reduce((sum, { estimated }) => sum + estimated, 0);
  const whole = await open.source.size();
  const beganAtMs = performance.now();
  const sampled = await sampleDocuments(open.sourceOf(filter), partitions, Math.min(SAMPLE, documents));
  const readAtMs = performance.now();
  const { rejected, size } = prepareBatch({ documents: sampled }, open.reading);
  const transformMs = performance.now() - readAtMs;
  return {
    documents,
    sourceBytes: Math.round((whole.bytes / Math.max(1, whole.documents)) * documents),
    sample: {
      documents: sampled.length,
      rejected: rejected.length,
      bytes: size.bytes(),
      writeUnits: size.writeUnits(),
      readMs: readAtMs - beganAtMs,
      transformMs,
    },
  };
};

const describeForecast = (name: string, expected: Forecast): string[] => {
  const { documents, sourceBytes, records, rejected, sinkBytes, seconds, limits, limitedBy } = expected;
  const { writeUnits, dollars, batches, requestsPerSecond } = expected;
  return [
    `${name}: ${formatNumber(documents)} documents, ${megabytes(sourceBytes)}; nothing was written`,
    `  sink       ${formatNumber(records)} records, ${megabytes(sinkBytes)}; about ${formatNumber(rejected)} rejected`,
    ...(writeUnits === undefined
      ? []
      : [
          `  costs      ${formatNumber(writeUnits)} write units${dollars === undefined ? '' : `, $${dollars.toFixed(2)}`}`,
        ]),
    ...(batches === undefined ? [] : [`  batches    ${formatNumber(batches)}`]),
    `  time       about ${formatDuration(seconds * 1_000)}, limited by ${limitedBy}`,
    `  source     about ${requestsPerSecond.toFixed(1)} requests/s`,
    ...limits.map(
      ({ name: limit, documentsPerSecond }) =>
        `  limit      ${formatNumber(Math.round(documentsPerSecond))} documents/s by ${limit}`,
    ),
  ];
};

const describePartitions = (partitions: readonly Partition[], imbalance: number): string[] => {
  const filled = partitions.filter(({ estimated }) => estimated > 0);
  return [
    `  partitions ${filled.length} with documents (${Math.round(imbalance * 100)} % above an even share at most), ${partitions.length - filled.length} for types of _id that there are none of yet`,
    ...filled.map(
      ({ id, from, to, estimated }) =>
        `    ${id.padEnd(14)} ${formatNumber(estimated).padStart(12)}  ${from ?? 'the first'} … ${to ?? 'the last'}`,
    ),
  ];
};

const megabytes = (bytes: number): string =>
  `${(bytes / 1_000_000).toLocaleString('en-US', { maximumFractionDigits: 1 })} MB`;
