import { BanyanError, messageOf, UsageError } from '../../../../services/core/index.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html */
const MISTAKES = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'InvalidParameterValue',
  'RuleNotFoundException',
  'TargetGroupNotFoundException',
]);

/**
 * Asks a service of AWS, named as people know it.
 * @throws UsageError for what a person has to mend, and BanyanError `unavailable` for what may go better later.
 */
export const askAws = async <T>(service: string, ask: () => Promise<T>): Promise<T> => {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof Error && MISTAKES.has(cause.name))
      throw new UsageError(`${service} refuses it: ${cause.message}`, { cause });
    throw new BanyanError('unavailable', `${service}: ${messageOf(cause)}`, { retryable: true, cause });
  }
};
