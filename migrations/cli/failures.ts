import { BanyanError, messageOf, UnavailableError, UsageError } from '../../services/core/index.ts';
import { engineErrorOf } from './engine-errors.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

const CREDENTIALS = /\/\/[^@/\s]*@/g;

/** The exit code of an error that ended a command. */
export const exitCodeOf = (thrown: unknown, interrupted: boolean): ExitCode => {
  if (interrupted) return EXIT_CODES.interrupted;
  const error = engineErrorOf(thrown);
  if (error instanceof UsageError) return EXIT_CODES.usage;
  return error || isUnavailable(thrown) ? EXIT_CODES.unavailable : EXIT_CODES.failed;
};

/** A sentence for a person's mistake or a missing engine; for a fault of ours, the stack as well. No secrets. */
export const explain = (thrown: unknown): string => redact(sentence(thrown));

const sentence = (thrown: unknown): string => {
  const error = engineErrorOf(thrown);
  if (error instanceof UnavailableError)
    return `${error.message}: is it running, and is the address right? \`banyan doctor\` shows what was found`;
  if (error) return error.message;
  if (thrown instanceof BanyanError) return thrown.message;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : messageOf(thrown);
};

/** Without the user and the password of any address. */
export const redact = (text: string): string => text.replaceAll(CREDENTIALS, '//');

/** No way to have an engine, or one that workers elsewhere do not reach: the message already says all of it. */
const UNAVAILABLE = new Set(['engine-missing', 'workers-unavailable']);

const isUnavailable = (thrown: unknown): boolean =>
  thrown instanceof BanyanError && UNAVAILABLE.has(thrown.code);
