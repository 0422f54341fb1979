import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { openUnexplained } from './open-unexplained.ts';
import { UnexplainedMetrics } from './unexplained-metrics.ts';
import { describeWrite, writeAnswer } from './unexplained-text.ts';
import { healAll } from './unexplained-watch.ts';

const MAX_LISTED = 1_000;

/** `unexplained list`. */
export const listUnexplained = async (context: CommandContext): Promise<ExitCode> => {
  const { output } = context;
  const { store } = await openUnexplained(context, []);
  const writes = await store.open({ limit: MAX_LISTED, failedBeforeMs: Number.MAX_SAFE_INTEGER });
  for (const write of writes) {
    output.result({ event: 'unexplained', ...writeAnswer(write) }, describeWrite(write));
  }
  const { open } = await store.counts();
  const text = open === 0 ? 'nothing is open' : `${open} not healed: \`banyan unexplained heal\``;
  output.result({ event: 'result', open }, open > writes.length ? `… ${text}` : text);
  return EXIT_CODES.ok;
};

/** `unexplained heal`. */
export const healUnexplained = async (context: CommandContext): Promise<ExitCode> => {
  const open = await openUnexplained(context, []);
  await healAll(context, open, new UnexplainedMetrics());
  const counts = await open.store.counts();
  const text = counts.open === 0 ? 'everything is healed' : `${counts.open} could not be healed`;
  context.output.result({ event: 'result', open: counts.open }, text);
  return counts.open === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
};
