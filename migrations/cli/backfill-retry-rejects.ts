import { RejectError } from '../../services/core/index.ts';
import { isSettled, type RetriedEntry, retryEntries } from '../backfill/retry-entries.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { withPlan } from './open-plan.ts';

/** `backfill retry-rejects`: reads what a plan's backfill rejected again at its source, and applies that. */
export const retryRejects = (context: CommandContext, name: string): Promise<ExitCode> =>
  withPlan(context, name, async (open) => {
    const { output } = context;
    let settled = 0;
    let kept = 0;
    const parts = {
      ...open,
      batchSize: open.plan.batchSize,
      floorsOf: (keys: readonly string[]) => open.floors.of(keys),
    };
    for await (const retried of retryEntries(parts, name)) {
      context.interrupted.throwIfAborted();
      if (isSettled(retried.outcome)) settled += 1;
      else kept += 1;
      const answer = { key: retried.entry.key, outcome: outcomeName(retried), reason: reasonOf(retried) };
      output.result(
        { event: 'retried', ...answer },
        `${answer.key ?? retried.entry.id}: ${answer.outcome}${answer.reason ? `, ${answer.reason}` : ''}`,
      );
    }
    output.result(
      { event: 'result', plan: name, settled, kept },
      settled + kept === 0
        ? `nothing of ${name} is in quarantine`
        : `${name}: ${settled} settled, ${kept} still in quarantine`,
    );
    return kept === 0 ? EXIT_CODES.ok : EXIT_CODES.rejects;
  });

const outcomeName = ({ outcome }: RetriedEntry): string =>
  outcome instanceof RejectError ? 'rejected' : outcome;

const reasonOf = ({ outcome }: RetriedEntry): string | undefined =>
  outcome instanceof RejectError ? outcome.message : undefined;
