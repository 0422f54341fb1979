import { describe, expect, it } from '@jest/globals';
import { TooManyRejectsError } from '../../../../../migrations/backfill/max-rejects.ts';
import {
  executionError,
  workerErrorName,
} from '../../../../../migrations/backfill/step-functions/explain-failure.ts';
import { EXIT_CODES } from '../../../../../migrations/cli/exit-codes.ts';
import { exitCodeOf } from '../../../../../migrations/cli/failures.ts';
import { BanyanError, UnavailableError, UsageError } from '../../../../../services/core/index.ts';

const workerSaid = (errorType: string, errorMessage: string) => ({
  error: errorType,
  cause: JSON.stringify({ errorType, errorMessage, trace: ['at …'] }),
});

describe('why an execution ended early', () => {
  it.each([
    ['a mistake', new UsageError('there is no plan x'), EXIT_CODES.usage],
    ['an engine that is away', new UnavailableError('MongoDB', 'host:27017'), EXIT_CODES.unavailable],
    ['what may pass', new BanyanError('busy', 'too many', { retryable: true }), EXIT_CODES.failed],
    ['anything else of ours', new BanyanError('run-replaced', 'begun anew'), EXIT_CODES.failed],
    ['a fault', new TypeError('x is not a function'), EXIT_CODES.failed],
  ])('keeps the exit code of %s, and its sentence', (_, thrown, code) => {
    const error = executionError('things', workerSaid(workerErrorName(thrown), thrown.message));
    expect(error.message).toBe(`the workers of things stopped: ${thrown.message}`);
    expect(exitCodeOf(error, false)).toBe(code);
  });

  it('is no failure of the workers when too much was rejected, for whoever watches', () => {
    const thrown = new TooManyRejectsError({ read: 9, written: 0, stale: 0, rejected: 9 }, { documents: 1 });
    const error = executionError('things', workerSaid(workerErrorName(thrown), thrown.message));
    expect(error).toMatchObject({ code: thrown.code, message: expect.stringContaining(thrown.message) });
  });

  it('is what Step Functions says, where no worker said anything', () => {
    const said = (error: string, cause: string) => executionError('things', { error, cause }).message;
    expect(said('States.DataLimitExceeded', 'too large')).toContain('States.DataLimitExceeded: too large');
    expect(said('the execution was stopped', '')).toContain('the execution was stopped');
    expect(said('', '{"other":1}')).toContain('{"other":1}');
    expect(said('', '')).toContain('says no reason');
  });
});
