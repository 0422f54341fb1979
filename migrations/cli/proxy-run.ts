import cluster from 'node:cluster';
import { once } from 'node:events';
import { type Logger, pino } from 'pino';
import type { Registry } from 'prom-client';
import { type ProxyConfig, ProxyDial, ReportedReadings, startProxy, startRamps } from '../../proxy/index.ts';
import { logDestination } from '../../proxy/metrics/log-destination.ts';
import { startAdmin, startTraffic } from '../../proxy/server.ts';
import { sizeHeapForTraffic } from '../../proxy/size-heap.ts';
import { serveWorkerLink } from '../../proxy/workers/worker-link.ts';
import { WorkerFailedError, Workers } from '../../proxy/workers/workers.ts';
import { workersSource } from '../../proxy/workers/workers-source.ts';
import { partOf } from './config.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

export interface ProxyFlags {
  readonly port?: number;
  readonly adminPort?: number;
  readonly accessLog?: boolean;
  readonly ramps?: boolean;
  readonly workers?: number;
}

/** What each way of running starts from. */
interface Run {
  readonly context: CommandContext;
  readonly config: ProxyConfig;
  readonly log: Logger;
}

/** Runs the proxy until the operator interrupts, and then drains it: in this process, or in several. */
export const runProxy = async (context: CommandContext, flags: ProxyFlags): Promise<ExitCode> => {
  const proxy = partOf(await context.config(), 'proxy');
  const config = {
    ...proxy,
    listen: { ...proxy.listen, port: flags.port ?? proxy.listen.port },
    admin: { ...proxy.admin, port: flags.adminPort ?? proxy.admin.port },
    accessLog: flags.accessLog ?? proxy.accessLog,
    ramps: { ...proxy.ramps, enabled: flags.ramps ?? proxy.ramps.enabled },
    workers: flags.workers ?? proxy.workers,
  };
  const run = {
    context,
    config,
    log: pino({ name: 'proxy' }, logDestination({ shared: config.workers > 1 })),
  };
  if (cluster.isWorker || config.workers === 1) sizeHeapForTraffic();
  if (cluster.isWorker) return runWorker(run);
  return config.workers > 1 ? runWorkers(run) : runAlone(run);
};

const runAlone = async ({ context, config, log }: Run): Promise<ExitCode> => {
  const { clock } = context;
  const controlStore = await context.controlStore();
  const running = await startProxy({ config, controlStore, clock, log });
  context.onClose(() => running.close());
  const { address, adminAddress, canary } = running;
  await carryOutRamps({ context, config, log }, canary.metrics.registry);
  announce({ context, config }, { address, adminAddress, storeAway: canary.storeAwayBecause ?? null });
  if (!context.interrupted.aborted) await once(context.interrupted, 'abort');
  log.info('draining');
  return EXIT_CODES.ok;
};

/** The first process of several: it serves no traffic, shows what all of them do, and replaces those that die. */
const runWorkers = async ({ context, config, log }: Run): Promise<ExitCode> => {
  const { drainMs, workers: count } = config;
  const workers = new Workers({ count, drainMs, clock: context.clock, log });
  context.onClose(() => workers.close());
  const source = workersSource(workers);
  const admin = await startAdmin(config, source);
  context.onClose(async () => admin.close());
  try {
    const { address, storeAway } = await workers.start();
    await carryOutRamps({ context, config, log }, source.registry);
    announce({ context, config }, { address, adminAddress: admin.adminAddress, storeAway });
  } catch (thrown) {
    if (!(thrown instanceof WorkerFailedError)) throw thrown;
    // It has told the operator why.
    return thrown.exitCode as ExitCode;
  }
  if (!context.interrupted.aborted) await once(context.interrupted, 'abort');
  log.info('draining');
  return EXIT_CODES.ok;
};

/** One of several: it listens where the others do, until the first process says that it is to drain. */
const runWorker = async ({ context, config, log }: Run): Promise<ExitCode> => {
  const { clock } = context;
  // The last thing of all: as long as there is a link to the first process, this one would not end.
  context.onClose(async () => void cluster.worker?.disconnect());
  const controlStore = await context.controlStore();
  const traffic = await startTraffic({ config, controlStore, clock, log });
  context.onClose(() => traffic.close());
  const { drain } = serveWorkerLink(traffic, clock);
  const end = AbortSignal.any([drain, context.interrupted]);
  if (!end.aborted) await once(end, 'abort');
  return EXIT_CODES.ok;
};

const carryOutRamps = async ({ context, config, log }: Run, registry: Registry): Promise<void> => {
  if (!config.ramps.enabled) return;
  const { clock } = context;
  const store = await context.controlStore();
  const ramps = startRamps({
    store,
    routes: Object.keys(config.routes),
    dial: new ProxyDial({ store, clock }),
    readings: new ReportedReadings({ store, clock }),
    clock,
    log: log.child({ part: 'ramps' }),
    registry,
    ...(config.ramps.hook ? { hook: config.ramps.hook } : {}),
  });
  context.onClose(() => ramps.close());
};

const announce = (
  { context, config }: Omit<Run, 'log'>,
  { address, adminAddress, storeAway }: { address: string; adminAddress: string; storeAway: string | null },
): void => {
  if (storeAway !== null)
    context.output.warn(`the control store is away (${storeAway}): every weight is 0 until it answers`);
  const { workers } = config;
  context.output.result(
    { address, adminAddress, routes: Object.keys(config.routes), ...(workers > 1 ? { workers } : {}) },
    `proxy on ${address}, metrics on ${adminAddress}/metrics, control ${config.control.url}` +
      (workers > 1 ? `, ${workers} workers` : ''),
  );
};
