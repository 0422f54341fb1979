import { readFile } from 'node:fs/promises';
import { messageOf, UsageError } from '../../services/core/index.ts';
import { CannotTellError } from '../verify/cannot-tell-error.ts';
import { type Certificate, outdatedBecause, parseCertificate } from '../verify/certificate.ts';
import { describeResult } from '../verify/describe-result.ts';
import { redact } from '../verify/redact.ts';
import { type VerifyResult, verdictOf } from '../verify/verify-result.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { explain } from './failures.ts';
import { fingerprintsOf } from './fingerprints.ts';
import { withPlan } from './open-plan.ts';
import { compare } from './verify-compare.ts';
import { EXIT_CODE_OF } from './verify-run.ts';

/** `banyan certificate check FILE`. */
export const checkCertificate = async (
  context: CommandContext,
  file: string,
  flags: { readonly settleMs: number; readonly config: string },
): Promise<ExitCode> => {
  const json = await readFile(file, 'utf8').catch((cause) => {
    throw new UsageError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const certificate = parseCertificate(json, file);
  const { plan } = certificate;
  const now = await fingerprintsOf(await context.config(), plan, flags.config);
  const outdated = outdatedBecause(certificate, now);
  if (outdated !== undefined) return cannotTell(context, certificate, outdated);
  return withPlan(context, plan, async (open) => {
    try {
      const mode = { kind: 'changed', since: certificate.sourcePositions.before } as const;
      const ignoreVersions = certificate.versionsFrom === 'elsewhere';
      const result = await compare(context, open, { mode, ignoreVersions, settleMs: flags.settleMs });
      return tell(context, certificate, result);
    } catch (thrown) {
      if (!(thrown instanceof CannotTellError)) throw thrown;
      return cannotTell(context, certificate, explain(thrown));
    }
  });
};

const tell = ({ output }: CommandContext, { plan, at }: Certificate, result: VerifyResult): ExitCode => {
  const verdict = verdictOf(result);
  // Nothing was in quarantine when it was issued.
  const holds = verdict === 'equal';
  const { keys: _keys, ...found } = redact(result);
  const said = holds
    ? 'still holds'
    : verdict === 'cannot-tell'
      ? 'may or may not hold'
      : 'does not hold any more';
  output.result(
    { event: 'result', holds, verdict, issuedAt: at, ...found },
    `the certificate of ${plan} from ${at} ${said}\n${describeResult(result, { showValues: false })}`,
  );
  return EXIT_CODE_OF[verdict];
};

const cannotTell = ({ output }: CommandContext, { plan, at }: Certificate, why: string): ExitCode => {
  output.result(
    { event: 'result', holds: false, verdict: 'cannot-tell', plan, issuedAt: at, why },
    `nobody can tell whether the certificate of ${plan} from ${at} holds: ${why}`,
  );
  return EXIT_CODES.cannotTell;
};
