import { RejectError } from '../../services/core/index.ts';
import { isSettled, type RetriedEntry, retryEntries } from '../backfill/retry-entries.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import type { OpenPlan } from './open-plan.ts';

/**
 * Reads the keys of quarantined entries again at the plan's source, applies what it says of them now (law 3),
 * and removes the entries that this settles. Answers `rejects` when some stay.
 */
export const replayEntries = async (
  context: CommandContext,
  open: OpenPlan,
  quarantinedBy: readonly string[],
): Promise<ExitCode> => {
  const { output } = context;
  const floorsOf = (keys: readonly string[]) => open.floors.of(keys);
  const parts = { ...open, batchSize: open.plan.batchSize, floorsOf };
  let settled = 0;
  let kept = 0;
  for (const name of quarantinedBy) {
    for await (const retried of retryEntries(parts, name)) {
      context.interrupted.throwIfAborted();
      if (isSettled(retried.outcome)) settled += 1;
      else kept += 1;
      const answer = answerOf(retried);
      const why = answer.reason ? `, ${answer.reason}` : '';
      const text = `${answer.key ?? retried.entry.id}: ${answer.outcome}${why}`;
      output.result({ event: 'retried', ...answer }, text);
    }
  }
  output.result(
    { event: 'result', plan: open.name, settled, kept },
    settled + kept === 0
      ? `nothing of ${open.name} is in quarantine`
      : `${open.name}: ${settled} settled, ${kept} still in quarantine`,
  );
  return kept === 0 ? EXIT_CODES.ok : EXIT_CODES.rejects;
};

const answerOf = ({ entry, outcome }: RetriedEntry) =>
  outcome instanceof RejectError
    ? { id: entry.id, key: entry.key, outcome: 'rejected', reason: outcome.message }
    : { id: entry.id, key: entry.key, outcome };
