import type { CaptureFlags } from './capture-run.ts';
import type { AddCommand } from './command.ts';
import { parsePort } from './parse-port.ts';

/** Adds `banyan capture NAME`. */
export const addCapture: AddCommand = (program, run) => {
  program
    .command('capture <name>')
    .description(
      "Publish a collection from its change stream, for code that nobody may touch: a plan's, an entity's or a collection's name. For projections only; run several, and one leads.",
    )
    .option('--from-now', 'forget where it stood', false)
    .option('--metrics-port <port>', 'health and metrics on 127.0.0.1; 0 takes a free port', parsePort, 9465)
    .action((name: string, flags: CaptureFlags) =>
      run(async (context) => (await import('./capture-run.ts')).runCapture(context, name, flags)),
    );
};
