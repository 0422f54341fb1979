import { UsageError } from '../../services/core/index.ts';
import type { BackfillRun } from '../backfill/checkpoint-store.ts';
import { CannotTellError } from '../verify/cannot-tell-error.ts';
import { describeResult } from '../verify/describe-result.ts';
import { verdictOf } from '../verify/verify-result.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { explain } from './failures.ts';
import { type OpenPlan, withPlan } from './open-plan.ts';
import { parsePlanName } from './plan-name.ts';
import { publishSink } from './sink-run.ts';
import { compare } from './verify-compare.ts';
import { modeOf } from './verify-mode.ts';
import { EXIT_CODE_OF } from './verify-run.ts';

export interface PublishFlags {
  readonly settleMs: number;
  readonly ignoreVersions: boolean;
  readonly showValues: boolean;
  /** Nobody writes to the source, so that no stream has to reach the sink. */
  readonly idle: boolean;
  /** What is in quarantine may be missing. */
  readonly withRejects: boolean;
}

/** A MongoDB's clock and ours are seldom further apart. */
const CLOCKS_APART_S = 5;

/**
 * `banyan sink publish PLAN`, and `PLAN@SINK` for a fresh one: that is compared whole, and looked at for a change
 * that only its stream can have brought, before anybody is shown it.
 */
export const publish = (context: CommandContext, name: string, flags: PublishFlags): Promise<ExitCode> =>
  parsePlanName(name).into === undefined
    ? publishSink(context, name)
    : withPlan(context, name, (open) => publishFresh(context, open, flags));

const publishFresh = async (
  context: CommandContext,
  open: OpenPlan,
  flags: PublishFlags,
): Promise<ExitCode> => {
  const { name, into = '', sink } = open;
  const run = await finishedCopy(open);
  try {
    const refused =
      (await unlessEqual(context, open, flags)) ??
      (flags.idle ? undefined : await unlessFed(context, open, flags, run));
    if (refused) return refuse(context, name, refused);
  } catch (thrown) {
    if (!(thrown instanceof CannotTellError)) throw thrown;
    return refuse(context, name, { code: EXIT_CODES.cannotTell, why: explain(thrown) });
  }
  await sink.publish?.();
  context.output.result(
    { event: 'result', plan: name, published: sink.publish !== undefined },
    sink.publish
      ? `readers see ${into}; the way back is \`banyan sink publish ${parsePlanName(name).plan}\``
      : `${into} is whole and fed; readers find it by its own name: tell them, and then the plan`,
  );
  return EXIT_CODES.ok;
};

interface Refusal {
  readonly code: ExitCode;
  readonly why: string;
}

const refuse = ({ output }: CommandContext, plan: string, { code, why }: Refusal): ExitCode => {
  output.warn(`not published: ${why}`);
  output.result({ event: 'result', plan, published: false, why }, '');
  return code;
};

/** @throws UsageError unless all of the source was copied. */
const finishedCopy = async ({ name, checkpoints }: OpenPlan): Promise<BackfillRun> => {
  const run = (await checkpoints.load(name))?.value;
  if (run?.ended?.as !== 'copied') {
    throw new UsageError(`${name} was not copied to its end: \`banyan backfill run ${name}\``);
  }
  if (run.filter === undefined) return run;
  throw new UsageError(
    `only what matches ${run.filter} was copied: \`banyan backfill run ${name} --restart\` copies everything`,
  );
};

const unlessEqual = async (
  context: CommandContext,
  open: OpenPlan,
  flags: PublishFlags,
): Promise<Refusal | undefined> => {
  const result = await compare(context, open, { ...flags, mode: modeOf({ checksum: true }) });
  context.output.line(describeResult(result, flags));
  const verdict = verdictOf(result);
  if (verdict === 'equal' || (verdict === 'rejects' && flags.withRejects)) return undefined;
  if (verdict !== 'rejects')
    return { code: EXIT_CODE_OF[verdict], why: `see \`banyan verify ${open.name}\`` };
  const why = 'documents are in quarantine, and would be missing; --with-rejects says that they may';
  return { code: EXIT_CODES.rejects, why };
};

/** What changed after the copy came by the stream, or not at all: equal by then, it proves that the stream arrives. */
const unlessFed = async (
  context: CommandContext,
  open: OpenPlan,
  flags: PublishFlags,
  { ended }: BackfillRun,
): Promise<Refusal | undefined> => {
  const seconds = Math.ceil((ended?.atMs ?? 0) / 1_000) + CLOCKS_APART_S;
  const [now = 0] = (await open.source.now()).split('.').map(Number);
  if (now > seconds) {
    const mode = { kind: 'changed', since: `${seconds}.1` } as const;
    const result = await compare(context, open, { ...flags, mode });
    if (result.mismatches + result.unsettled > 0) {
      context.output.line(describeResult(result, flags));
      return { code: EXIT_CODES.different, why: 'what changed since the copy has not reached it' };
    }
    if (result.compared > result.rejected) return undefined;
  }
  return { code: EXIT_CODES.cannotTell, why: UNFED };
};

const UNFED =
  'nothing changed at the source since its copy ended, so nobody can tell whether the stream reaches it: wait for a change, or make one; --idle says that nobody writes to the source any more';
