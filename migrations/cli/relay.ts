import type { AddCommand } from './command.ts';
import { parsePort } from './parse-port.ts';

/** Adds `banyan relay` and `banyan relay status`. */
export const addRelay: AddCommand = (program, run) => {
  const relay = program
    .command('relay')
    .description('Publish the outbox to the streams, until Ctrl-C. Run several, and one leads.')
    .option('--metrics-port <port>', 'health and metrics on 127.0.0.1; 0 takes a free port', parsePort, 9464)
    .action((options: { metricsPort: number }) =>
      run(async (context) => (await import('./relay-run.ts')).runRelay(context, options)),
    );
  relay
    .command('status')
    .description('Show who leads, and how far behind publishing is.')
    .action(() => run(async (context) => (await import('./relay-status.ts')).showRelayStatus(context)));
};
