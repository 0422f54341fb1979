import type { CommandContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { withPlan } from './open-plan.ts';
import { replayEntries } from './replay-entries.ts';

/** `backfill retry-rejects`: reads what a plan's backfill rejected again at its source, and applies that. */
export const retryRejects = (context: CommandContext, name: string): Promise<ExitCode> =>
  withPlan(context, name, (open) => replayEntries(context, open, [name]));
