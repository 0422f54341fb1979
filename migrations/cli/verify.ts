import { type Command, InvalidArgumentError } from 'commander';
import { progressOf } from '../backfill/progress.ts';
import { CannotTellError, type VerifyOptions, verify } from '../verify/verifier.ts';
import { describeResult, redactResult } from '../verify/verify-report.ts';
import { type VerifyResult, verdictOf } from '../verify/verify-result.ts';
import type { Run } from './command.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { explain } from './failures.ts';
import { type OpenPlan, withPlan } from './open-plan.ts';
import { createProgressView } from './progress-view.ts';

export interface VerifyFlags {
  readonly showValues: boolean;
  readonly settleMs: number;
}

const EXIT_CODE_OF = {
  equal: EXIT_CODES.ok,
  rejects: EXIT_CODES.rejects,
  different: EXIT_CODES.different,
  'cannot-tell': EXIT_CODES.cannotTell,
} as const;

/** Adds `banyan verify PLAN`. */
export const addVerify = (program: Command, run: Run): void => {
  program
    .command('verify <plan>')
    .description(
      'Compare source and sink in full: every document, field by field, and what should not be there.',
    )
    .option('--show-values', 'show the values that differ, which may be personal data', false)
    .option(
      '--settle-ms <ms>',
      'how long a difference may take to settle while the source moves',
      milliseconds,
      10_000,
    )
    .addHelpText(
      'after',
      '\nEnds with 0 when both are equal, 4 when they are but for documents in quarantine, 5 when they differ, 6 when\nit cannot tell: nothing was there to compare, or a side failed midway.',
    )
    .action((plan: string, options: VerifyFlags) => run((context) => verifyPlan(context, plan, options)));
};

const milliseconds = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('a whole number of milliseconds');
};

export const verifyPlan = (context: CommandContext, name: string, options: VerifyFlags): Promise<ExitCode> =>
  withPlan(context, name, async (open) => {
    try {
      return report(context, await compare(context, open, options), options);
    } catch (thrown) {
      if (!(thrown instanceof CannotTellError)) throw thrown;
      context.output.result({ event: 'result', plan: name, verdict: 'cannot-tell', why: thrown.message }, '');
      context.output.warn(explain(thrown));
      return EXIT_CODES.cannotTell;
    }
  });

const compare = async (
  context: CommandContext,
  open: OpenPlan,
  options: VerifyFlags,
): Promise<VerifyResult> => {
  const { clock, output } = context;
  const view = createProgressView({ output, clock });
  let current = { activity: '', startedAtMs: 0 };
  const onProgress: VerifyOptions['onProgress'] = (activity, done, estimated, counts) => {
    const nowMs = clock.nowMs();
    if (current.activity !== activity) current = { activity, startedAtMs: nowMs };
    view.show(progressOf({ ...current, plan: open.name, done, estimated, counts, doneBefore: 0, nowMs }));
  };
  try {
    return await verify(
      { ...open, clock, isQuarantined: quarantinedKeys(open) },
      {
        plan: open.name,
        partitions: open.plan.partitions,
        concurrency: open.plan.concurrency,
        chunkSize: open.plan.batchSize,
        settleMs: options.settleMs,
        signal: context.interrupted,
        onProgress,
      },
    );
  } finally {
    view.end();
  }
};

/** Reads what backfill and consumer put into quarantine, once, when the first document is met that cannot be transformed. */
const quarantinedKeys = ({ quarantine, name, plan }: OpenPlan): ((key: string) => Promise<boolean>) => {
  let reading: Promise<Set<string>> | undefined;
  const read = async () => {
    const keys = new Set<string>();
    for (const by of [name, ...(plan.consumerName ? [plan.consumerName] : [])]) {
      for await (const { key } of quarantine.list(by)) if (key !== undefined) keys.add(key);
    }
    return keys;
  };
  return async (key) => {
    reading ??= read();
    return (await reading).has(key);
  };
};

const report = ({ output }: CommandContext, result: VerifyResult, { showValues }: VerifyFlags): ExitCode => {
  const verdict = verdictOf(result);
  const shown = showValues ? result : redactResult(result);
  output.result({ event: 'result', verdict, ...shown }, describeResult(result, { showValues }));
  return EXIT_CODE_OF[verdict];
};
