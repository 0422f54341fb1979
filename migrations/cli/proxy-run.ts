import { once } from 'node:events';
import { pino } from 'pino';
import { ProxyDial, ReportedReadings, startProxy, startRamps } from '../../proxy/index.ts';
import { partOf } from './config.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

export interface ProxyFlags {
  readonly port?: number;
  readonly adminPort?: number;
  readonly accessLog?: boolean;
  readonly ramps?: boolean;
}

/** Runs the proxy until the operator interrupts, and then drains it. */
export const runProxy = async (context: CommandContext, flags: ProxyFlags): Promise<ExitCode> => {
  const proxy = partOf(await context.config(), 'proxy');
  const config = {
    ...proxy,
    listen: { ...proxy.listen, port: flags.port ?? proxy.listen.port },
    admin: { ...proxy.admin, port: flags.adminPort ?? proxy.admin.port },
    accessLog: flags.accessLog ?? proxy.accessLog,
  };
  const log = pino({ name: 'proxy' });
  const { clock } = context;
  const controlStore = await context.controlStore();
  const running = await startProxy({ config, controlStore, clock, log });
  context.onClose(() => running.close());
  if (flags.ramps ?? proxy.ramps.enabled) {
    const { canary } = running;
    const ramps = startRamps({
      store: controlStore,
      routes: canary.routes,
      dial: new ProxyDial({ store: controlStore, clock }),
      readings: new ReportedReadings({ store: controlStore, clock }),
      clock,
      log: log.child({ name: 'ramps' }),
      registry: canary.metrics.registry,
      ...(proxy.ramps.hook ? { hook: proxy.ramps.hook } : {}),
    });
    context.onClose(() => ramps.close());
  }
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
