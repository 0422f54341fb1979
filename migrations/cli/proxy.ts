import { once } from 'node:events';
import { pino } from 'pino';
import { startProxy } from '../../proxy/index.ts';
import type { AddCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { parsePort } from './parse-port.ts';

interface ProxyFlags {
  readonly port?: number;
  readonly adminPort?: number;
  readonly accessLog?: boolean;
}

/** Adds `banyan proxy`. */
export const addProxy: AddCommand = (program, run) => {
  program
    .command('proxy')
    .description('Stand in front of the monolith and share the routes of the configuration. Ctrl-C drains.')
    .option('--port <port>', 'where clients come in, in place of proxy.listen.port', parsePort)
    .option('--admin-port <port>', 'metrics and health, in place of proxy.admin.port', parsePort)
    .option('--access-log', 'one line a request, in place of proxy.accessLog')
    .option('--no-access-log', 'no line a request')
    .action((flags: ProxyFlags) => run((context) => runProxy(context, flags)));
};

/** Runs the proxy until the operator interrupts, and then drains it. */
const runProxy = async (context: CommandContext, flags: ProxyFlags): Promise<ExitCode> => {
  const { proxy } = await context.config();
  const config = {
    ...proxy,
    listen: { ...proxy.listen, port: flags.port ?? proxy.listen.port },
    admin: { ...proxy.admin, port: flags.adminPort ?? proxy.admin.port },
    accessLog: flags.accessLog ?? proxy.accessLog,
  };
  const log = pino({ name: 'proxy' });
  const running = await startProxy({
    config,
    controlStore: await context.controlStore(),
    clock: context.clock,
    log,
  });
  context.onClose(() => running.close());
  const { address, adminAddress, canary } = running;
  const { awayBecause } = canary.weights;
  if (awayBecause)
    context.output.warn(`the control store is away (${awayBecause}): every weight is 0 until it answers`);
  context.output.result(
    { address, adminAddress, routes: canary.routes },
    `proxy on ${address}, metrics on ${adminAddress}/metrics, control ${config.control.url}`,
  );
  if (!context.interrupted.aborted) await once(context.interrupted, 'abort');
  log.info('draining');
  return EXIT_CODES.ok;
};
