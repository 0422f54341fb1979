import { InvalidArgumentError } from 'commander';
import type { AddCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { openUnexplained } from './open-unexplained.ts';
import { parsePort } from './parse-port.ts';
import { UnexplainedMetrics } from './unexplained-metrics.ts';
import { describeWrite, writeAnswer } from './unexplained-text.ts';
import { healAll, type WatchFlags, watchUnexplained } from './unexplained-watch.ts';

const MAX_LISTED = 1_000;

/** Adds `banyan unexplained watch|list|heal`. */
export const addUnexplained: AddCommand = (program, run) => {
  const group = program
    .command('unexplained')
    .description("Writes to a plan's collection that bypassed the outbox, so that nobody was told of them.");
  group
    .command('watch [names...]')
    .description(
      'Match every change of the collections with its outbox row, until Ctrl-C. Names are of plans, entities or collections; without any, all are watched. It goes on where it stood when it is started again.',
    )
    .option('--heal', 'publish what it finds after all', false)
    .option('--once', 'end when everything until now was looked at; exit 5 when something was found', false)
    .option('--for <seconds>', 'likewise, so many seconds from now', parseSeconds)
    .option('--from-now', 'forget where it stood', false)
    .option('--metrics-port <port>', 'metrics on 127.0.0.1; 0 takes a free port', parsePort)
    .action((names: string[], flags: WatchFlags) =>
      run((context) => watchUnexplained(context, names, flags)),
    );
  group
    .command('list')
    .description('Show what was found and is not healed, oldest first.')
    .action(() => run(listUnexplained));
  group
    .command('heal')
    .description('Publish the keys of what was found as they are now. Ends with 1 when some cannot be.')
    .action(() => run(healUnexplained));
};

const parseSeconds = (given: string): number => {
  const seconds = Number(given);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError('A number of seconds above 0.');
};

const listUnexplained = async (context: CommandContext): Promise<ExitCode> => {
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

const healUnexplained = async (context: CommandContext): Promise<ExitCode> => {
  const open = await openUnexplained(context, []);
  await healAll(context, open, new UnexplainedMetrics());
  const counts = await open.store.counts();
  const text = counts.open === 0 ? 'everything is healed' : `${counts.open} could not be healed`;
  context.output.result({ event: 'result', open: counts.open }, text);
  return counts.open === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
};
