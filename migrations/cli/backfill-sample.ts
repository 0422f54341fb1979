import { rehearse } from '../backfill/rehearse.ts';
import { requireConsumer } from './backfill-run.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';
import { withPlan } from './open-plan.ts';

const SETTLE_MS = 10_000;

/** `backfill run --sample N`: a rehearsal on N documents, into the plan's own sink, verified. */
export const rehearsePlan = (
  context: CommandContext,
  name: string,
  options: { readonly documents: number; readonly filter?: string },
): Promise<ExitCode> =>
  withPlan(context, name, async (open) => {
    const { output, clock, interrupted: signal } = context;
    await requireConsumer(context, open);
    if (open.plan.protocol === 'copy-then-replay') {
      output.warn(
        `what is deleted at the source before \`banyan backfill run ${name}\` stays in the sink: \`banyan verify ${name}\` finds it`,
      );
    }
    const { partitions, batchSize } = open.plan;
    const { documents, filter } = options;
    const source = open.sourceOf(filter);
    const done = await rehearse(
      { ...open, source, clock },
      { documents, partitions, batchSize, settleMs: SETTLE_MS, signal },
    );
    const { read, written, stale, rejected, agreed, mismatches, rejects } = done;
    const lines = [
      `${name}: of ${formatNumber(read)} documents ${formatNumber(written)} written, ${formatNumber(stale)} stale, ${formatNumber(rejected)} rejected; read again, ${formatNumber(agreed)} agree and ${formatNumber(mismatches.length)} differ`,
      ...rejects.map(({ key, reason }) => `  rejected   ${key}: ${reason}`),
      ...mismatches.map(
        ({ key, differences }) => `  differs    ${key}: ${differences.map(({ kind }) => kind).join(', ')}`,
      ),
    ];
    const kinds = mismatches.map(({ key, differences }) => ({
      key,
      differences: differences.map(({ kind }) => kind),
    }));
    output.result(
      { event: 'result', plan: name, sample: true, ...done, mismatches: kinds },
      lines.join('\n'),
    );
    // No data is not success (law 9).
    if (read === 0) return EXIT_CODES.cannotTell;
    if (mismatches.length > 0) return EXIT_CODES.different;
    return rejected > 0 ? EXIT_CODES.rejects : EXIT_CODES.ok;
  });
