import type { BackfillRun } from '../backfill/checkpoint-store.ts';
import { ControlCheckpointStore } from '../backfill/checkpoints/control-checkpoint-store.ts';
import { countsOf, estimatedOf } from '../backfill/copy-counts.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';
import { planOf } from './open-plan.ts';

/** `backfill status`: the plan's newest run, as its last checkpoint says. */
export const showStatus = async (context: CommandContext, name: string): Promise<ExitCode> => {
  planOf(await context.config(), name);
  const checkpoints = new ControlCheckpointStore({ control: await context.controlStore() });
  const found = await checkpoints.load(name);
  if (found) context.output.result({ ...found.value, ...countsOf(found.value) }, describe(found.value));
  else context.output.result({ plan: name, status: 'never-run' }, `${name} was never copied`);
  return EXIT_CODES.ok;
};

const describe = (run: BackfillRun): string => {
  const { read, ...counts } = countsOf(run);
  const done = run.partitions.filter((partition) => partition.done).length;
  const lines = [
    `${run.plan}: ${run.status}, run ${run.id}`,
    `  began      ${new Date(run.startedAtMs).toISOString()}, source at ${run.sourcePosition}`,
    `  read       ${formatNumber(read)} of ${formatNumber(Math.max(read, estimatedOf(run)))}`,
    ...Object.entries(counts).map(([name, count]) => `  ${name.padEnd(10)} ${formatNumber(count)}`),
    `  partitions ${done} of ${run.partitions.length} done`,
  ];
  if (run.owner)
    lines.push(`  held by    ${run.owner.name}, since ${new Date(run.owner.sinceMs).toISOString()}`);
  if (run.replayFromMs) lines.push(`  replay     from ${new Date(run.replayFromMs).toISOString()}`);
  return lines.join('\n');
};
