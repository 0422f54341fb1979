import { BanyanError, messageOf, UnavailableError, UsageError } from '../core/index.ts';

/** Names of the client's own errors: nothing of the cluster's was heard, or not all of it. */
const UNREACHABLE = new Set(['ConnectionError', 'NoLivingConnectionsError']);
const INTERRUPTED = new Set(['TimeoutError', 'RequestAbortedError']);

/** What the cluster says of an error, of a whole request or of one item of a bulk. */
export interface OpenSearchFault {
  readonly type?: string;
  readonly reason?: string;
  readonly caused_by?: OpenSearchFault;
}

export const INDEX_NOT_FOUND = 'index_not_found_exception';

interface ClientError {
  readonly name?: string;
  readonly statusCode?: number;
  readonly meta?: { readonly statusCode?: number | null; readonly body?: unknown };
}

/** The cluster answered, with an error. */
export class OpenSearchError extends BanyanError {
  /** The HTTP status. */
  readonly status: number;
  /** The cluster's name for it: `index_not_found_exception`. */
  readonly type: string;

  constructor(endpoint: string, status: number, fault: OpenSearchFault, cause?: unknown) {
    const retryable = isBusy(status);
    const message = `OpenSearch at ${endpoint}: ${status}: ${describeFault(fault)}`;
    super(retryable ? 'opensearch-busy' : 'opensearch-failed', message, { retryable, cause });
    this.status = status;
    this.type = fault.type ?? '';
  }
}

/** Whether the same request may succeed later: too much of it just now, a shard that moves, a full disk. */
export const isBusy = (status: number): boolean => status === 429 || status >= 500;

/** In one line, the innermost cause included: that is what says which field, and why. */
export const describeFault = ({ type = 'error', reason = '', caused_by }: OpenSearchFault): string =>
  `${type}: ${reason}${caused_by ? ` (${describeFault(caused_by)})` : ''}`;

/** An error of the OpenSearch client in Banyan's words; an error of Banyan's own is answered as it is. */
export const explainOpenSearchError = (thrown: unknown, endpoint: string): BanyanError => {
  if (thrown instanceof BanyanError) return thrown;
  const { name = '', statusCode } = (thrown ?? {}) as ClientError;
  if (name === 'ResponseError' && typeof statusCode === 'number') {
    const error = new OpenSearchError(endpoint, statusCode, faultOf(thrown as ClientError), thrown);
    return statusCode === 401 || (statusCode === 403 && error.type !== 'cluster_block_exception')
      ? notAllowed(error)
      : error;
  }
  if (UNREACHABLE.has(name)) return new UnavailableError('OpenSearch', endpoint, { cause: thrown });
  const retryable = INTERRUPTED.has(name);
  return new BanyanError(
    retryable ? 'opensearch-busy' : 'opensearch-failed',
    `OpenSearch at ${endpoint}: ${name || 'error'}: ${messageOf(thrown)}`,
    { retryable, cause: thrown },
  );
};

const notAllowed = (cause: OpenSearchError): UsageError =>
  new UsageError(`${cause.message}: the credentials do not allow it`, { code: 'not-allowed', cause });

/** A proxy in front of the cluster answers with text, or with nothing. */
const faultOf = ({ meta }: ClientError): OpenSearchFault => {
  const { body } = meta ?? {};
  if (typeof body === 'object' && body !== null && 'error' in body) {
    const { error } = body;
    if (typeof error === 'object' && error !== null) return error;
    if (typeof error === 'string') return { reason: error };
  }
  return { reason: typeof body === 'string' ? body.slice(0, 200) : '' };
};
