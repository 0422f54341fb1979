import { describe, expect, it } from '@jest/globals';
import { BanyanError } from '../../../../services/core/index.ts';
import { explainCloudSearchError, isRefusedBatch } from '../../../../services/search/cloudsearch-errors.ts';

const failure = (name: string, more: { code?: string; status?: number } = {}) =>
  Object.assign(new Error('why'), {
    name,
    code: more.code,
    $metadata: { httpStatusCode: more.status },
  });
const explained = (thrown: unknown) => explainCloudSearchError(thrown, 'https://doc.example');

describe('explainCloudSearchError', () => {
  it('says where it looked for a domain that is down', () => {
    expect(explained(failure('Error', { code: 'ECONNREFUSED' }))).toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: 'CloudSearch does not answer at https://doc.example',
    });
  });

  it.each([
    ['an upload that was given up', failure('AbortError')],
    ['a broken connection', failure('Error', { code: 'ECONNRESET' })],
    ['a fault of the service', failure('DocumentServiceException', { status: 507 })],
    ['throttling', failure('Error', { status: 429 })],
  ])('lets %s be tried again', (_, thrown) => {
    expect(explained(thrown)).toMatchObject({ code: 'cloudsearch-busy', retryable: true });
  });

  it.each([
    ['a refusal', failure('SearchException', { status: 400 })],
    ['no permission', failure('AccessDenied', { status: 403 })],
    ['anything unknown', new TypeError('bug')],
  ])('does not let %s be tried again', (_, thrown) => {
    expect(explained(thrown)).toMatchObject({ code: 'cloudsearch-failed', retryable: false });
  });

  it('asks for credentials where there are none', () => {
    expect(explained(failure('CredentialsProviderError')).message).toMatch(/set AWS_PROFILE/);
  });

  it('keeps an error of our own', () => {
    const own = new BanyanError('own', 'why');
    expect(explained(own)).toBe(own);
  });
});

describe('isRefusedBatch', () => {
  it.each([
    [400, true],
    [413, true],
    [403, false],
    [500, false],
    [507, false],
  ])('takes status %i of the document service for a refusal: %s', (status, refused) => {
    expect(isRefusedBatch(failure('DocumentServiceException', { status }))).toBe(refused);
  });

  it('does not take an error of anybody else for one', () => {
    expect(isRefusedBatch(failure('ValidationException', { status: 400 }))).toBe(false);
    expect(isRefusedBatch(undefined)).toBe(false);
  });
});
