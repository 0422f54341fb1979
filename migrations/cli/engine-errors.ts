import { type BanyanError, messageOf, UnavailableError, UsageError } from '../../services/core/index.ts';

/**
 * What drivers and SDKs throw, as one of our errors with a sentence that a person can act on; `undefined` for
 * what is none of theirs. The innermost known cause counts, unless it was explained already.
 */
export const engineErrorOf = (thrown: unknown): BanyanError | undefined => {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof UsageError || error instanceof UnavailableError) return error;
    const known = mongoError(error) ?? awsError(error) ?? networkError(error);
    if (known) return known;
  }
  return undefined;
};

type Details = Error & { readonly [detail: string]: unknown };

const AUTHENTICATION_FAILED = 18;
const UNAUTHORIZED = 13;
const NOT_AUTHORIZED = /^not authorized on (\S+) to execute command \{ (\w+)/;

const mongoError = (error: Error): BanyanError | undefined => {
  const { name, message, code, reason } = error as Details;
  const options = { cause: error };
  if (name === 'MongoServerSelectionError') return selectionError(error, reason as Topology | undefined);
  if (name === 'MongoParseError') return new UsageError(`source.uri: ${message}`, options);
  if (name.startsWith('MongoNetwork')) return new UnavailableError('MongoDB', addressIn(message), options);
  if (!name.startsWith('Mongo')) return undefined;
  if (code === AUTHENTICATION_FAILED) {
    return new UsageError('MongoDB does not know the user and the password of source.uri', options);
  }
  if (code !== UNAUTHORIZED) return undefined;
  const [, database, command] = NOT_AUTHORIZED.exec(message) ?? [];
  const what = command ? `may not do ${command} on the database ${database}` : `lacks a right: ${message}`;
  return new UsageError(`the user of source.uri ${what}`, options);
};

/** The driver's view of the servers when it gave up. */
interface Topology {
  readonly setName?: string | null;
  readonly servers?: ReadonlyMap<string, unknown>;
}

const selectionError = (cause: Error, topology: Topology | undefined): BanyanError => {
  const servers = [...(topology?.servers?.keys() ?? [])];
  if (topology?.setName && servers.length === 0) {
    return new UsageError(
      `source.uri: none of its servers is of the replica set ${topology.setName}: correct replicaSet`,
      { cause },
    );
  }
  return new UnavailableError('MongoDB', servers.join(',') || addressIn(cause.message), { cause });
};

const CREDENTIALS_MISSING = new Set(['CredentialsProviderError', 'TokenProviderError']);
const CREDENTIALS_REFUSED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const FORBIDDEN = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation']);
const MISSING = new Set(['NoSuchBucket', 'ResourceNotFoundException']);

const awsError = (error: Error): BanyanError | undefined => {
  const { name, message } = error;
  const options = { cause: error };
  if (message === 'Region is missing') {
    return new UsageError(
      'no AWS region is set: set AWS_REGION, or AWS_PROFILE to a profile with one',
      options,
    );
  }
  if (CREDENTIALS_MISSING.has(name)) {
    return new UsageError(
      `there are no AWS credentials (${message}): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
      options,
    );
  }
  if (CREDENTIALS_REFUSED.has(name)) {
    return new UsageError(`AWS does not accept the credentials: ${message}`, options);
  }
  if (FORBIDDEN.has(name)) return new UsageError(`AWS forbids it: ${message}`, options);
  if (MISSING.has(name)) return new UsageError(`AWS does not have it here: ${message}`, options);
  return undefined;
};

const UNREACHABLE = new Set<unknown>([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

/** A driver's errors of the network come before, so these are the SDK's, but for the look-up of an SRV name. */
const networkError = (error: Error): BanyanError | undefined => {
  const { name, code, address, port, hostname, syscall } = error as Details;
  if (name !== 'TimeoutError' && !UNREACHABLE.has(code)) return undefined;
  const engine = syscall === 'querySrv' || syscall === 'queryTxt' ? 'MongoDB' : 'an AWS endpoint';
  const where = hostname ?? (address === undefined ? undefined : `${address}:${port}`);
  return new UnavailableError(engine, String(where ?? messageOf(error)), { cause: error });
};

const addressIn = (message: string): string => message.replace(/^(?:connect|getaddrinfo) [A-Z_]+ /, '');
