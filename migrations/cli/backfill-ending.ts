import { formatDuration } from '../../services/core/format-duration.ts';
import { BanyanError } from '../../services/core/index.ts';
import { TOO_MANY_REJECTS } from '../backfill/max-rejects.ts';
import { countsOf, type RunView, statusOf } from '../backfill/run-view.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { formatNumber } from './format.ts';
import type { OpenPlan } from './open-plan.ts';
import type { Output } from './output.ts';

/**
 * Says that the work on a run ended early, and how to go on with it.
 * @throws `thrown`, unless there were just too many rejects.
 */
export const stopped = ({ output }: CommandContext, plan: string, thrown: unknown, onward = ''): ExitCode => {
  output.warn(`stopped; ${goOn(plan)}${onward}`);
  if (!(thrown instanceof BanyanError && thrown.code === TOO_MANY_REJECTS)) throw thrown;
  output.warn(thrown.message);
  warnOfRejects(output, plan);
  return EXIT_CODES.rejects;
};

/** Says what a run came to, and answers the exit code of that. */
export const finish = async (context: CommandContext, open: OpenPlan, view: RunView): Promise<ExitCode> => {
  const { output, clock, interrupted } = context;
  const counts = countsOf(view);
  const { id, plan, startedAtMs, replayFromMs, ended } = view.run;
  const status = ended?.as ?? 'stopped';
  const elapsedMs = (ended?.atMs ?? clock.nowMs()) - startedAtMs;
  const summary = Object.entries(counts).map(([name, count]) => `${name} ${formatNumber(count)}`);
  output.result(
    { event: 'result', plan, run: id, status, ...counts, elapsedMs, replayFromMs },
    `${plan}: ${status} in ${formatDuration(elapsedMs)}; ${summary.join(', ')}`,
  );
  if (status === 'cancelled') return EXIT_CODES.interrupted;
  if (status === 'stopped') {
    output.line(statusOf(view) === 'stopped' ? goOn(plan) : 'others go on with it');
    if (interrupted.aborted) return EXIT_CODES.interrupted;
  }
  if (counts.rejected === 0 || !(await hasRejects(open))) return EXIT_CODES.ok;
  warnOfRejects(output, plan);
  return EXIT_CODES.rejects;
};

const warnOfRejects = (output: Output, plan: string): void =>
  output.warn(
    `what could not be copied is in quarantine: \`banyan quarantine list ${plan}\` shows why, \`banyan backfill retry-rejects ${plan}\` tries again`,
  );

const hasRejects = async ({ quarantine, name }: OpenPlan): Promise<boolean> => {
  for await (const _ of quarantine.list(name)) return true;
  return false;
};

const goOn = (plan: string): string => `go on with \`banyan backfill resume ${plan}\``;
