import { InvalidArgumentError } from 'commander';
import type { AddCommand } from './command.ts';

const port = (given: string): number => {
  const parsed = Number(given);
  if (Number.isInteger(parsed) && parsed >= 0 && parsed <= 65_535) return parsed;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
};

/** `relay` and `relay status`. */
export const addRelay: AddCommand = (program, run) => {
  const relay = program
    .command('relay')
    .description('publish the outbox to the streams; run several, and one leads')
    .option('--metrics-port <port>', 'health and metrics on 127.0.0.1; 0 takes a free port', port, 9464)
    .action((options: { metricsPort: number }) =>
      run(async (context) => (await import('./relay-run.ts')).runRelay(context, options)),
    );
  relay
    .command('status')
    .description('who leads, and how far behind publishing is')
    .action(() => run(async (context) => (await import('./relay-status.ts')).showRelayStatus(context)));
};
