import { UsageError } from '../../services/core/index.ts';
import { askConsent } from './ask.ts';
import type { CommandContext } from './context.ts';

/**
 * Whether the person at the terminal agrees to a change.
 * @throws UsageError where nobody can be asked.
 */
export const agreed = async (context: CommandContext, change: string, question: string): Promise<boolean> => {
  if (!context.output.interactive || process.stdin.isTTY !== true)
    throw new UsageError(`${change} needs somebody's consent, and nobody can be asked here: add --yes`);
  const { stdin: input, stdout: output } = process;
  return askConsent(`${change}. ${question}`, { input, output, signal: context.interrupted });
};
