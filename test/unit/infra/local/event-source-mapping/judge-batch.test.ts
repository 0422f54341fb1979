import { describe, expect, it } from '@jest/globals';
import type { InvocationResult } from '../../../../../infra/local/event-source-mapping/invokers/invoker.ts';
import {
  type JudgingSettings,
  judgeBatch,
} from '../../../../../infra/local/event-source-mapping/judge-batch.ts';

const FOUR = ['1', '2', '3', '4'];
const PLAIN: JudgingSettings = {
  bisect: false,
  reportBatchItemFailures: false,
  maxRetryAttempts: Number.POSITIVE_INFINITY,
};
const error: InvocationResult = { outcome: 'function-error', functionError: 'Unhandled', message: 'no' };
const throttled: InvocationResult = { outcome: 'not-invoked', reason: 'Rate Exceeded' };
const answered = (...failed: string[]): InvocationResult => ({
  outcome: 'answered',
  answer: { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) },
});
const judge = (
  result: InvocationResult,
  settings: Partial<JudgingSettings> = {},
  batch: { sequenceNumbers?: string[]; retries?: number } = {},
) => judgeBatch({ sequenceNumbers: FOUR, retries: 0, ...batch }, result, { ...PLAIN, ...settings });

describe('judgeBatch', () => {
  it('advances when the function answered', () => {
    expect(judge({ outcome: 'answered', answer: undefined })).toEqual({ verdict: 'advance' });
  });

  it('advances past reported failures when ReportBatchItemFailures is off', () => {
    expect(judge(answered('2'))).toEqual({ verdict: 'advance' });
  });

  it('retries from the lowest reported failure', () => {
    expect(judge(answered('4', '3'), { reportBatchItemFailures: true })).toEqual({
      verdict: 'retry',
      from: 2,
      counts: true,
    });
  });

  it('retries the whole batch after an error, for ever by default', () => {
    expect(judge(error, {}, { retries: 1_000_000 })).toEqual({ verdict: 'retry', from: 0, counts: true });
  });

  it('retries a batch that never reached the function, which does not count', () => {
    const verdict = judge(throttled, { maxRetryAttempts: 0, bisect: true }, { retries: 0 });
    expect(verdict).toEqual({ verdict: 'retry', from: 0, counts: false });
  });

  it('gives up when the retries are used up', () => {
    expect(judge(error, { maxRetryAttempts: 2 }, { retries: 1 })).toMatchObject({ verdict: 'retry' });
    expect(judge(error, { maxRetryAttempts: 2 }, { retries: 2 })).toEqual({ verdict: 'give-up', from: 0 });
  });

  it('never retries with no retries granted', () => {
    expect(judge(error, { maxRetryAttempts: 0 })).toEqual({ verdict: 'give-up', from: 0 });
  });

  it('gives up from the failure on, and keeps what was done before it', () => {
    const settings = { reportBatchItemFailures: true, maxRetryAttempts: 0 };
    expect(judge(answered('3'), settings)).toEqual({ verdict: 'give-up', from: 2 });
  });

  it('splits a failed batch in two, even with no retries left', () => {
    expect(judge(error, { bisect: true, maxRetryAttempts: 0 })).toEqual({ verdict: 'bisect', at: 2 });
    const three = { sequenceNumbers: ['1', '2', '3'] };
    expect(judge(error, { bisect: true }, three)).toEqual({ verdict: 'bisect', at: 2 });
  });

  it('splits a failed batch whatever ReportBatchItemFailures says', () => {
    const settings = { bisect: true, reportBatchItemFailures: true };
    expect(judge(error, settings)).toEqual({ verdict: 'bisect', at: 2 });
  });

  it('splits at the returned sequence number, and uses up no retry', () => {
    const settings = { bisect: true, reportBatchItemFailures: true, maxRetryAttempts: 0 };
    expect(judge(answered('3'), settings)).toEqual({ verdict: 'retry', from: 2, counts: false });
  });

  it('splits in two when the first record failed: there is nothing before it', () => {
    const settings = { bisect: true, reportBatchItemFailures: true };
    expect(judge(answered('1'), settings)).toEqual({ verdict: 'bisect', at: 2 });
  });

  it('retries a batch of one, which cannot be split, until the retries are used up', () => {
    const settings = { bisect: true, maxRetryAttempts: 1 };
    const one = { sequenceNumbers: ['1'] };
    expect(judge(error, settings, one)).toEqual({ verdict: 'retry', from: 0, counts: true });
    expect(judge(error, settings, { ...one, retries: 1 })).toEqual({ verdict: 'give-up', from: 0 });
  });
});
