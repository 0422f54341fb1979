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
import { finish, stopped } from './backfill-ending.ts';
import type { RunOptions } from './backfill-run.ts';
import { shown } from './backfill-shown.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import type { OpenPlan } from './open-plan.ts';

/** A look reads every partition. */
const LOOK_EVERY_MS = 2_000;

interface Work {
  readonly context: CommandContext;
  readonly open: OpenPlan;
  readonly run: BackfillRun;
  readonly executions: SfnExecutions;
  readonly options: RunOptions;
}

/** How far the run was when the watching ended; `failure`: why its execution ended early. */
interface Watched {
  readonly view: RunView;
  readonly failure?: unknown;
}

/**
 * Lets a run be copied by workers under Step Functions, and shows how far they are, until they are done, one of them
 * fails, or whoever watches goes away.
 */
export const workOnStepFunctions = async (work: Work): Promise<ExitCode> => {
  const { context, open, run, executions, options } = work;
  const { output } = context;
  const { name, joined } = await joinExecution(executions, executionInputOf(run, settingsOf(options)));
  const execution = executions.arnOf(name);
  output.result(
    { event: 'execution', plan: open.name, run: run.id, execution, joined },
    `${joined ? 'joined' : 'started'} ${execution}`,
  );
  const { view, failure } = await shown(context, options, (show) => watch(work, name, show)).catch(
    (thrown) => {
      output.warn(goesOn(open.name));
      throw thrown;
    },
  );
  if (failure) return stopped(context, open.name, failure, ONWARD);
  if (view.run.ended) return finish(context, open, view);
  output.result(
    { event: 'result', plan: open.name, run: run.id, status: 'running', ...countsOf(view) },
    goesOn(open.name),
  );
  return EXIT_CODES.interrupted;
};

/** What operators order counts everywhere; what is said to one process has no meaning to many. */
export const refuseForWorkers = (options: RunOptions): void => {
  const instead = (option: string, advice: string) =>
    new UsageError(`${option} is of one process, and --on step-functions has many: ${advice}`);
  if (options.maxRate)
    throw instead('--max-rate', '`banyan backfill throttle PLAN RATE` is over all of them');
  if (options.onlyBetween?.length)
    throw instead('--only-between', '`banyan backfill pause PLAN` and `resume PLAN` at those hours');
  if (options.limit !== undefined) throw instead('--limit', 'copy with --filter, or in one process');
};

const settingsOf = ({ maxRejects, maxStreamLagMs }: RunOptions): WorkSettings => ({
  ...(maxRejects === undefined ? {} : { maxRejects }),
  ...(maxStreamLagMs === undefined ? {} : { maxStreamLagMs }),
});

const watch = async (
  { context, open, run, executions, options }: Work,
  name: string,
  show: (progress: Progress) => void,
): Promise<Watched> => {
  const { clock, interrupted } = context;
  for (;;) {
    // The status first: what is seen after an end is all there is.
    const status = await open.retry(() => executions.status(name), interrupted);
    const view = await open.retry(() => viewOf(open, run), interrupted);
    show(progressOf(view, clock.nowMs(), status === 'running'));
    if (status === 'succeeded') return { view };
    if (status !== 'running') return { view, failure: await failureOf(executions, name, view, options) };
    if (interrupted.aborted) return { view };
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

/** Where the workers were, others can go on. */
const ONWARD = ', with or without `--on step-functions`';

const goesOn = (plan: string): string =>
  `the execution goes on without you: \`banyan backfill status ${plan}\` shows it, \`pause\`, \`throttle\`, \`concurrency\` and \`cancel ${plan}\` reach its workers, \`banyan backfill run ${plan} --on step-functions\` watches it again`;
