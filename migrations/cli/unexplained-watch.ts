import { messageOf, pause } from '../../services/core/index.ts';
import { clusterNow } from '../../services/outbox/changes/cluster-now.ts';
import { positionsOf } from '../../services/outbox/changes/mongo-position-store.ts';
import { isTransient } from '../../services/outbox/is-transient.ts';
import type { WatchEvent } from '../../services/outbox/unexplained/index.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { serveMetrics } from './metrics-server.ts';
import { type OpenUnexplained, openUnexplained } from './open-unexplained.ts';
import { UnexplainedMetrics } from './unexplained-metrics.ts';
import { describeWrite, writeAnswer } from './unexplained-text.ts';

const RETRY_MS = 1_000;
const HEAL_EVERY_MS = 500;

export interface WatchFlags {
  readonly heal: boolean;
  readonly fromNow: boolean;
  /** End once everything until now has been looked at. */
  readonly once: boolean;
  /** End so many seconds from now, once everything until then has been looked at. */
  readonly for?: number;
  readonly metricsPort?: number;
}

/** Counts what one command saw. */
interface Tally {
  checked: number;
  found: number;
}

/** `unexplained watch`: until it is interrupted, or with `--once` and `--for` until that is done. */
export const watchUnexplained = async (
  context: CommandContext,
  names: readonly string[],
  flags: WatchFlags,
): Promise<ExitCode> => {
  const open = await openUnexplained(context, names);
  if (flags.fromNow) await positionsOf(open.db).deleteOne({ _id: open.name });
  const isNew = (await open.positions.load(open.name)) === undefined;
  const metrics = await startMetrics(context, flags.metricsPort);
  const tally: Tally = { checked: 0, found: 0 };
  const observe = (event: WatchEvent) => {
    metrics.count(event);
    report(context, tally, event);
  };
  await alongside(
    (end) => watchFor(context, open, { ...flags, end, observe }),
    (end) => (flags.heal ? healUntil(context, open, metrics, end) : Promise.resolve()),
    context.interrupted,
  );
  if (flags.heal) await healAll(context, open, metrics);
  if (context.interrupted.aborted) return EXIT_CODES.ok;
  return conclude(context, open, { ...tally, isNew: isNew && !flags.for });
};

/** Does `main` with `side` beside it; each ends when the other one fails, and `side` when `main` is done. */
const alongside = async (
  main: (end: AbortSignal) => Promise<void>,
  side: (end: AbortSignal) => Promise<void>,
  interrupted: AbortSignal,
): Promise<void> => {
  const done = new AbortController();
  const end = AbortSignal.any([interrupted, done.signal]);
  const tasks = [main(end), side(end)].map((task, n) =>
    task.then(n === 0 ? () => done.abort() : undefined).catch((fault: unknown) => {
      done.abort();
      throw fault;
    }),
  );
  const failed = (await Promise.allSettled(tasks)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
};

const watchFor = async (
  context: CommandContext,
  open: OpenUnexplained,
  options: WatchFlags & { end: AbortSignal; observe: (event: WatchEvent) => void },
): Promise<void> => {
  const { clock } = context;
  const { end, observe } = options;
  const seconds = options.for ?? (options.once ? 0 : Number.POSITIVE_INFINITY);
  if (seconds > 0) {
    const over = new AbortController();
    const signal = AbortSignal.any([end, over.signal]);
    if (Number.isFinite(seconds)) {
      void pause(clock, seconds * 1_000, end).then(() => over.abort());
    }
    await persistently(context, signal, () => open.watch(observe).run({ signal }));
  }
  if (end.aborted) return;
  const until = await clusterNow(open.db);
  await persistently(context, end, () => open.watch(observe).run({ signal: end, until }));
};

/** Begins again, where it stood, after what may pass. */
const persistently = async (
  { clock, output }: CommandContext,
  signal: AbortSignal,
  run: () => Promise<void>,
): Promise<void> => {
  for (;;) {
    try {
      return await run();
    } catch (thrown) {
      if (signal.aborted) return;
      if (!isTransient(thrown)) throw thrown;
      output.warn(`the watch was interrupted and goes on: ${messageOf(thrown)}`);
      await pause(clock, RETRY_MS, signal);
    }
  }
};

const report = ({ output }: CommandContext, tally: Tally, event: WatchEvent): void => {
  if (event.type === 'watching') {
    const since = new Date(event.sinceMs).toISOString();
    output.result({ event: 'watching', since, resumed: event.isResumed }, `watching, as since ${since}`);
  } else if (event.type === 'found') {
    tally.found += event.writes.length;
    for (const write of event.writes) {
      output.result({ event: 'found', ...writeAnswer(write) }, describeWrite(write));
    }
  } else tally.checked += event.checked;
};

const startMetrics = async (
  context: CommandContext,
  port: number | undefined,
): Promise<UnexplainedMetrics> => {
  const metrics = new UnexplainedMetrics();
  if (port === undefined) return metrics;
  const { address, close } = await serveMetrics({ registry: metrics.registry, port });
  context.onClose(close);
  context.output.result({ event: 'metrics', address }, `metrics on ${address}/metrics`);
  return metrics;
};

const healUntil = async (
  context: CommandContext,
  open: OpenUnexplained,
  metrics: UnexplainedMetrics,
  done: AbortSignal,
): Promise<void> => {
  while (!done.aborted) {
    await persistently(context, done, () => healAll(context, open, metrics));
    await pause(context.clock, HEAL_EVERY_MS, done);
  }
};

/** Heals until nothing is open but what failed a moment ago. */
export const healAll = async (
  { output }: CommandContext,
  open: OpenUnexplained,
  metrics: UnexplainedMetrics,
): Promise<void> => {
  for (;;) {
    const result = await open.heal();
    metrics.countHealing(result);
    if (result.healed > 0) {
      output.result({ event: 'healed', healed: result.healed }, `healed ${result.healed}`);
    }
    for (const write of result.failed) {
      output.result({ event: 'not-healed', ...writeAnswer(write) }, describeWrite(write));
    }
    if (result.healed + result.failed.length === 0) return;
  }
};

const conclude = async (
  { output }: CommandContext,
  open: OpenUnexplained,
  { checked, found, isNew }: Tally & { isNew: boolean },
): Promise<ExitCode> => {
  const counts = await open.store.counts();
  const answer = { event: 'result', checked, found, open: counts.open };
  if (isNew) {
    output.result(answer, 'the watch begins now: there was nothing to look at yet');
    return EXIT_CODES.cannotTell;
  }
  const text = `${checked} write(s) looked at, ${found} unexplained; ${counts.open} not healed`;
  output.result(answer, text);
  return found > 0 ? EXIT_CODES.different : EXIT_CODES.ok;
};
