import type { CommandContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { withPlan } from './open-plan.ts';
import { PUBLISHERS, quarantinedBy } from './quarantine-names.ts';
import { replayEntries } from './replay-entries.ts';
import { republishEntries } from './republish-entries.ts';

/** `quarantine replay`: into a plan's sink, or for what no stream took, through the stream. */
export const replayQuarantine = async (context: CommandContext, name: string): Promise<ExitCode> => {
  const config = await context.config();
  const kept = quarantinedBy(config, name);
  if (PUBLISHERS.includes(name) && !config.plans[name]) return republishEntries(context, name);
  return withPlan(context, name, (open) => replayEntries(context, open, kept));
};
