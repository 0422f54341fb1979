import { BanyanError, pause, UsageError } from '../../services/core/index.ts';
import type { BackfillRun } from '../backfill/checkpoint-store.ts';
import { isTooMany, TooManyRejectsError } from '../backfill/max-rejects.ts';
import type { Progress } from '../backfill/progress.ts';
import { runProgress } from '../backfill/run-progress.ts';
import { countsOf, loadView, type RunView, statusOf } from '../backfill/run-view.ts';
import type { Executions } from '../backfill/step-functions/executions.ts';
import { executionError } from '../backfill/step-functions/explain-failure.ts';
import { executionInputOf, joinExecution } from '../backfill/step-functions/join-execution.ts';
import type { WorkSettings } from '../backfill/step-functions/partition-task.ts';
import type { SfnExecutions } from '../backfill/step-functions/sfn-executions.ts';
import type { RunOptions } from './backfill-run.ts';
import type { CommandContext } from './context.ts';
import type { OpenPlan } from './open-plan.ts';

const LOOK_EVERY_MS = 1_000;

/** What is done with a run that is worked on elsewhere, and shown here. */
interface Watching {
  readonly context: CommandContext;
  readonly open: OpenPlan;
  readonly run: BackfillRun;
  readonly executions: SfnExecutions;
  readonly options: RunOptions;
  show(progress: Progress): void;
}

/**
 * Lets a run be copied by workers under Step Functions, and shows how far they are, to the end. Answers
 * `undefined` when the operator goes away first, which ends the watching alone.
 * @throws UsageError, TooManyRejectsError, or why the execution failed.
 */
export const copyOnStepFunctions = async (watching: Watching): Promise<RunView | undefined> => {
  const { context, open, run, executions, options } = watching;
  const input = executionInputOf(run, settingsOf(options));
  const { name, joined } = await joinExecution(executions, input);
  context.output.result(
    { event: 'execution', plan: open.name, run: run.id, execution: executions.arnOf(name), joined },
    `${joined ? 'joined' : 'started'} ${executions.arnOf(name)}`,
  );
  return watch(watching, name);
};

/** What operators order counts everywhere; what is said to one process has no meaning to many. */
export const refuseForWorkers = (options: RunOptions): void => {
  const instead = (option: string, advice: string) =>
    new UsageError(`${option} is of one process, and --on step-functions has many: ${advice}`);
  if (options.maxRate)
    throw instead('--max-rate', '`banyan backfill throttle PLAN RATE` is over all of them');
  if (options.onlyBetween?.length)
    throw instead('--only-between', '`banyan backfill pause PLAN` and `resume PLAN` at those hours');
  if (options.limit !== undefined) throw instead('--limit', 'copy with --filter, or here');
};

const settingsOf = ({ maxRejects, maxStreamLagMs }: RunOptions): WorkSettings => ({
  ...(maxRejects === undefined ? {} : { maxRejects }),
  ...(maxStreamLagMs === undefined ? {} : { maxStreamLagMs }),
});

const watch = async (
  { context, open, run, executions, options, show }: Watching,
  name: string,
): Promise<RunView | undefined> => {
  const { clock, interrupted, output } = context;
  for (;;) {
    // The status first: what is seen after an end is all there is.
    const status = await open.retry(() => executions.status(name), interrupted);
    const view = await open.retry(() => viewOf(open, run), interrupted);
    show(progressOf(view, clock.nowMs(), status === 'running'));
    if (status === 'succeeded') return view;
    if (status !== 'running') throw await failureOf(executions, name, view, options);
    if (interrupted.aborted) {
      output.line(goesOn(open.name));
      return undefined;
    }
    await pause(clock, LOOK_EVERY_MS, interrupted);
  }
};

/** Another run in its place is none of this execution's. */
const viewOf = async ({ checkpoints, name }: OpenPlan, run: BackfillRun): Promise<RunView> => {
  const view = await loadView(checkpoints, name);
  if (view?.run.id === run.id) return view;
  throw new BanyanError('run-replaced', `the backfill of ${name} was begun anew elsewhere`);
};

/** Between two invocations nobody holds a partition, though somebody will in a moment. */
const progressOf = (view: RunView, nowMs: number, executing: boolean): Progress => {
  const progress = runProgress(view, nowMs);
  return executing && statusOf(view) === 'stopped'
    ? { ...progress, activity: 'waiting for workers' }
    : progress;
};

const failureOf = async (
  executions: Executions,
  name: string,
  view: RunView,
  { maxRejects }: RunOptions,
): Promise<unknown> => {
  const counts = countsOf(view);
  if (maxRejects && isTooMany(counts, maxRejects)) return new TooManyRejectsError(counts, maxRejects);
  return executionError(view.run.plan, await executions.failure(name));
};

const goesOn = (plan: string): string =>
  `the execution goes on without you: \`banyan backfill status ${plan}\` shows it, \`pause\`, \`throttle\`, \`concurrency\` and \`cancel ${plan}\` reach its workers, \`banyan backfill run ${plan} --on step-functions\` watches it again`;
