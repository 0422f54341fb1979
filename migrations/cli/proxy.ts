import type { AddCommand } from './command.ts';
import { parsePort } from './parse-port.ts';
import { parseWorkers } from './parse-workers.ts';
import type { ProxyFlags } from './proxy-run.ts';

/** Adds `banyan proxy`. */
export const addProxy: AddCommand = (program, run) => {
  program
    .command('proxy')
    .description('Stand in front of the monolith and share the routes of the configuration. Ctrl-C drains.')
    .option('--port <port>', 'where clients come in, in place of proxy.listen.port', parsePort)
    .option('--admin-port <port>', 'metrics and health, in place of proxy.admin.port', parsePort)
    .option(
      '--workers <n>',
      'processes that share the address (a number, or "cores"), in place of proxy.workers',
      parseWorkers,
    )
    .option('--access-log', 'one line a request, in place of proxy.accessLog')
    .option('--no-access-log', 'no line a request')
    .option('--ramps', 'carry out ramps, in place of proxy.ramps.enabled')
    .option('--no-ramps', 'leave ramps to other proxies, or to `banyan canary ramp run`')
    .action((flags: ProxyFlags) =>
      run(async (context) => (await import('./proxy-run.ts')).runProxy(context, flags)),
    );
};
