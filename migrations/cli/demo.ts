import { InvalidArgumentError } from 'commander';
import { UsageError } from '../../services/core/index.ts';
import { isCheckout } from './checkout.ts';
import type { AddCommand } from './command.ts';
import type { DemoFlags } from './demo/demo.ts';

const NO_DEMO =
  'the demo plays in a checkout of Banyan, which has the monolith that it takes apart: clone it, `npm ci`, and ' +
  '`npm run demo`';

/** Adds `banyan demo`. */
export const addDemo: AddCommand = (program, run) => {
  program
    .command('demo')
    .description('Take user search and profiles out of a living monolith, here and now, on real engines.')
    .option('--users <n>', 'users that were there before', count, 20_000)
    .option('--visitors <n>', 'distinct readers per step, half of them on each route', count, 10_000)
    .option('--writes <n>', 'writes per second, the whole time', count, 20)
    .option('--keep', 'leave everything running at the end, and say where', false)
    .argument('[file]', 'with --json: where the whole story is written')
    .action((file: string | undefined, flags: DemoFlags) =>
      run(async (context) => {
        if (!isCheckout()) throw new UsageError(NO_DEMO);
        return (await import('./demo/demo.ts')).demo(context, flags, file);
      }),
    );
};

const count = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 2_000_000) return value;
  throw new InvalidArgumentError('a whole number from 1 to 2,000,000');
};
