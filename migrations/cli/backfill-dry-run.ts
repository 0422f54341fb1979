import { backfill } from '../backfill/backfill.ts';
import { MemoryCheckpointStore } from '../backfill/checkpoints/memory-checkpoint-store.ts';
import { beginRun } from '../backfill/open-run.ts';
import { readersOf } from '../backfill/readers.ts';
import { runProgress } from '../backfill/run-progress.ts';
import { countsOf } from '../backfill/run-view.ts';
import { DryStore } from '../backfill/sinks/dry-store.ts';
import { JsonLinesStore } from '../backfill/sinks/json-lines-store.ts';
import { type TransformReport, TransformWatch } from '../backfill/transform-report.ts';
import type { RunOptions } from './backfill-run.ts';
import { throttlesOf } from './backfill-throttles.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';
import { type OpenPlan, withPlan } from './open-plan.ts';
import { createProgressView } from './progress-view.ts';

export interface DryRunOptions extends RunOptions {
  /** Absent: nowhere. A file of JSON Lines that takes what the sink would be sent. */
  readonly to?: string;
}

/** `backfill run --dry-run`: everything but the write, and what the transform rejects or drops. */
export const dryRun = (context: CommandContext, name: string, options: DryRunOptions): Promise<ExitCode> =>
  withPlan(context, name, async (open) => {
    const file = options.to === undefined ? undefined : await JsonLinesStore.open(options.to);
    try {
      return await report(context, open, options, file);
    } finally {
      await file?.close();
    }
  });

const report = async (
  context: CommandContext,
  open: OpenPlan,
  options: DryRunOptions,
  file: JsonLinesStore | undefined,
): Promise<ExitCode> => {
  const { output } = context;
  const watch = new TransformWatch(open.plan.transform);
  const check: OpenPlan['sink']['check'] = (record) => open.sink.check?.(record);
  const counts = await copy(context, open, options, {
    watch,
    store: file ?? new DryStore({ store: open.store, check }),
  });
  const found = watch.report();
  const { fields } = open.reading;
  const undeclared = fields
    ? found.fields.filter(({ field, read }) => read && !isDeclared(fields, field))
    : [];
  output.result(
    { event: 'result', plan: open.name, dryRun: true, ...counts, ...found },
    describe(open.name, counts, found, options.to),
  );
  for (const { field } of undeclared) {
    output.warn(
      `the transform reads ${field}, which the plan's \`fields\` do not name: a copy would not fetch it`,
    );
  }
  return counts.rejected > 0 ? EXIT_CODES.rejects : EXIT_CODES.ok;
};

const isDeclared = (fields: readonly string[], field: string): boolean => fields.includes(field);

/** A run of its own that nobody else sees: neither checkpoints nor quarantine are touched. */
const copy = async (
  context: CommandContext,
  open: OpenPlan,
  options: DryRunOptions,
  parts: { watch: TransformWatch; store: OpenPlan['store'] },
) => {
  const { clock, output } = context;
  const { plan, name } = open;
  const { filter, limit } = options;
  const checkpoints = new MemoryCheckpointStore();
  const source = open.sourceOf(filter, { whole: true });
  const run = await beginRun({
    checkpoints,
    clock,
    plan: name,
    ...(filter === undefined ? {} : { filter }),
    begin: async () => ({
      sourcePosition: await source.now(),
      partitions: await source.partition(plan.partitions),
    }),
  });
  const view = createProgressView({ output, clock });
  const { throttles, onRead } = await throttlesOf(context, plan, options);
  try {
    const copied = await backfill(
      {
        ...open,
        source,
        store: parts.store,
        quarantine: parts.watch.quarantine,
        reading: { slice: plan.slice, transform: parts.watch.transform },
        checkpoints,
        clock,
        throttles,
      },
      run,
      {
        worker: 'dry-run',
        batchSize: plan.batchSize,
        readers: readersOf(plan),
        ...(limit === undefined ? {} : { limit }),
        signal: context.interrupted,
        onRead,
        onTick: (current) => view.show({ ...runProgress(current, clock.nowMs()), activity: 'reading' }),
      },
    );
    context.interrupted.throwIfAborted();
    return countsOf(copied);
  } finally {
    view.end();
  }
};

const describe = (
  name: string,
  counts: { read: number; written: number; stale: number; rejected: number },
  { fields, rejects, tombstones, bytes, largestBytes, writeUnits }: TransformReport,
  to: string | undefined,
): string =>
  [
    `${name}: read ${formatNumber(counts.read)}, would write ${formatNumber(counts.written)}, stale ${formatNumber(counts.stale)}, would reject ${formatNumber(counts.rejected)}; ${to === undefined ? 'nothing was written' : `written to ${to} alone`}`,
    `  records    ${formatNumber(bytes)} bytes, the largest ${formatNumber(largestBytes)}; ${formatNumber(writeUnits)} write units; ${formatNumber(tombstones)} tombstones`,
    ...fields.map(
      ({ field, documents, read }) =>
        `  field      ${field}: in ${formatNumber(documents)}, ${read ? 'read' : 'dropped: the transform never looks at it'}`,
    ),
    ...rejects.map(
      ({ field, reason, documents, keys }) =>
        `  rejected   ${formatNumber(documents)}${field ? ` for ${field}` : ''}: ${reason} (${keys.join(', ')})`,
    ),
  ].join('\n');
