/** How an error came about and what may be done with it; every error that Banyan throws is one of these. */
export class BanyanError extends Error {
  /** A stable, kebab-case name for programs; the message is for people. */
  readonly code: string;
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** A record that can never succeed, whatever is retried: it goes to quarantine, whole, with this reason. */
export class RejectError extends BanyanError {
  constructor(message: string, options: { cause?: unknown; code?: string } = {}) {
    super(options.code ?? 'rejected', message, { cause: options.cause });
  }
}

/** A person's mistake: the message is a sentence they can act on, shown without a stack trace; the CLI exits 2. */
export class UsageError extends BanyanError {
  constructor(message: string, options: { cause?: unknown; code?: string } = {}) {
    super(options.code ?? 'usage', message, { cause: options.cause });
  }
}

/** An engine that Banyan needs does not answer: which, and where it was looked for; the CLI exits 3. */
export class UnavailableError extends BanyanError {
  constructor(engine: string, lookedAt: string, options: { cause?: unknown } = {}) {
    super('unavailable', `${engine} does not answer at ${lookedAt}`, {
      retryable: true,
      cause: options.cause,
    });
  }
}

/** The message of anything that was thrown; never empty for an error. */
export const messageOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.message !== '') return thrown.message;
  return thrown instanceof AggregateError ? thrown.errors.map(messageOf).join(', ') : thrown.name;
};
