import { BanyanError, messageOf, UnavailableError, UsageError } from '../core/index.ts';

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
const INTERRUPTED = new Set(['AbortError', 'TimeoutError', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

interface ClientError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Whether the document service looked at a batch and refused it: some of it is wrong, or it is too large. */
export const isRefusedBatch = (thrown: unknown): boolean => {
  const { name, $metadata } = (thrown ?? {}) as ClientError;
  const status = $metadata?.httpStatusCode;
  return name === 'DocumentServiceException' && (status === 400 || status === 413);
};

/** An error of the CloudSearch client in Banyan's words; an error of Banyan's own is answered as it is. */
export const explainCloudSearchError = (thrown: unknown, endpoint: string): BanyanError => {
  if (thrown instanceof BanyanError) return thrown;
  const { name = '', code = '', $metadata } = (thrown ?? {}) as ClientError;
  if (name === 'CredentialsProviderError') {
    const message = 'there are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret';
    return new UsageError(message, { code: 'no-credentials', cause: thrown });
  }
  if (UNREACHABLE.has(code)) return new UnavailableError('CloudSearch', endpoint, { cause: thrown });
  const status = $metadata?.httpStatusCode ?? 0;
  const retryable = INTERRUPTED.has(name) || INTERRUPTED.has(code) || status >= 500 || status === 429;
  const message = `CloudSearch at ${endpoint}: ${name || 'error'}: ${messageOf(thrown)}`;
  return new BanyanError(retryable ? 'cloudsearch-busy' : 'cloudsearch-failed', message, {
    retryable,
    cause: thrown,
  });
};
