import { InvalidArgumentError } from 'commander';
import type { AddCommand } from './command.ts';
import { parsePort } from './parse-port.ts';
import type { WatchFlags } from './unexplained-watch.ts';

/** Adds `banyan unexplained watch|list|heal`. */
export const addUnexplained: AddCommand = (program, run) => {
  const group = program
    .command('unexplained')
    .description(
      'Writes to a published collection that bypassed the outbox, so that nobody was told of them.',
    );
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
      run(async (context) =>
        (await import('./unexplained-watch.ts')).watchUnexplained(context, names, flags),
      ),
    );
  group
    .command('list')
    .description('Show what was found and is not healed, oldest first.')
    .action(() => run(async (context) => (await import('./unexplained-open.ts')).listUnexplained(context)));
  group
    .command('heal')
    .description('Publish the keys of what was found as they are now. Ends with 1 when some cannot be.')
    .action(() => run(async (context) => (await import('./unexplained-open.ts')).healUnexplained(context)));
};

const parseSeconds = (given: string): number => {
  const seconds = Number(given);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError('A number of seconds above 0.');
};
