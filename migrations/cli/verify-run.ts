import { writeFile } from 'node:fs/promises';
import { CannotTellError } from '../verify/cannot-tell-error.ts';
import { certificateOf } from '../verify/certificate.ts';
import { describeResult, SENTENCES } from '../verify/describe-result.ts';
import type { VerifyMode } from '../verify/verify-parts.ts';
import { reportOf, type VerifyReport } from '../verify/verify-report.ts';
import { type Verdict, type VerifyResult, verdictOf } from '../verify/verify-result.ts';
import { DEFAULT_CONFIG } from './config.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { explain } from './failures.ts';
import { fingerprintsOf } from './fingerprints.ts';
import { withPlan } from './open-plan.ts';
import { compare } from './verify-compare.ts';
import { assertWritable, type ReportFiles, writeReports } from './verify-files.ts';
import { type CommandFlags, commandOf, type ModeFlags, modeOf, repairCommandOf } from './verify-mode.ts';

export interface VerifyFlags extends CommandFlags, ModeFlags, ReportFiles {}

export const EXIT_CODE_OF: { readonly [verdict in Verdict]: ExitCode } = {
  equal: EXIT_CODES.ok,
  rejects: EXIT_CODES.rejects,
  different: EXIT_CODES.different,
  'cannot-tell': EXIT_CODES.cannotTell,
};

/** `banyan verify PLAN`. */
export const verifyPlan = async (
  context: CommandContext,
  name: string,
  flags: VerifyFlags,
): Promise<ExitCode> => {
  await assertWritable(flags);
  const mode = modeOf(flags);
  return withPlan(context, name, async (open) => {
    const { report, text, result } = await compareAndReport(context, flags, mode, name, () =>
      compare(context, open, { ...flags, mode }),
    );
    await writeReports(flags, report);
    if (flags.certificate !== undefined) await certify(context, flags, flags.certificate, result);
    const { format: _format, command: _command, keys: _keys, ...found } = report;
    context.output.result({ event: 'result', ...found }, text);
    return EXIT_CODE_OF[report.verdict];
  });
};

const certify = async (
  { output, clock, config }: CommandContext,
  flags: VerifyFlags,
  file: string,
  result: VerifyResult | undefined,
): Promise<void> => {
  if (result && verdictOf(result) === 'equal') {
    const fingerprints = await fingerprintsOf(await config(), result.plan, flags.config ?? DEFAULT_CONFIG);
    const versionsFrom = flags.ignoreVersions ? 'elsewhere' : 'document';
    const certificate = certificateOf(result, { ...fingerprints, versionsFrom, atMs: clock.nowMs() });
    await writeFile(file, `${JSON.stringify(certificate, null, 2)}\n`);
  } else output.warn(`${file} was not written: ${SENTENCES[result ? verdictOf(result) : 'cannot-tell']}`);
};

type Compare = () => ReturnType<typeof compare>;

const compareAndReport = async (
  { clock, output }: CommandContext,
  flags: VerifyFlags,
  mode: VerifyMode,
  name: string,
  run: Compare,
): Promise<{ report: VerifyReport; text: string; result?: VerifyResult }> => {
  const command = commandOf(name, mode, flags);
  const { showValues } = flags;
  try {
    const result = await run();
    const report = reportOf(result, { command, atMs: clock.nowMs(), showValues });
    const next = verdictOf(result) === 'different' ? `\n  mend: ${repairCommandOf(name, flags)}` : '';
    const text = `${describeResult(result, { showValues })}\n  again: ${command}${next}`;
    return { report, text, result };
  } catch (thrown) {
    if (!(thrown instanceof CannotTellError)) throw thrown;
    const stoppedBy = explain(thrown);
    output.warn(stoppedBy);
    const report = reportOf(thrown.result, { command, atMs: clock.nowMs(), showValues, stoppedBy });
    return { report, text: '' };
  }
};
