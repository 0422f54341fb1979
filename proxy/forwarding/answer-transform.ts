import { messageOf } from '../../services/core/index.ts';

/** Headers by their names in lower case; repeated ones as arrays. */
export type AnswerHeaders = { readonly [name: string]: string | readonly string[] | undefined };

/** A candidate's JSON answer, as a transform gets it. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  // A transform knows the contract that it changes.
  // biome-ignore lint/suspicious/noExplicitAny: the body is whatever the candidate's contract says
  readonly body: any;
}

/**
 * Makes the answer that clients know of one in the candidate's own contract. `status` and `headers` stay as they are
 * where they are left out. It must not wait; what it throws is the candidate's failure.
 */
export type AnswerTransform = (answer: JsonAnswer) => {
  readonly status?: number;
  readonly headers?: AnswerHeaders;
  /** Anything that is JSON. */
  readonly body: unknown;
};

/** An answer read to its end and decoded. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Buffer;
}

/** What says something about bytes that will be others. */
const OF_THE_BYTES = [
  ...['content-length', 'content-encoding', 'transfer-encoding', 'accept-ranges', 'content-range'],
  ...['content-md5', 'digest', 'content-digest', 'repr-digest'],
];
const JSON_TYPE = /^application\/(?:[^;]+\+)?json\b/i;

/** Whether an answer of this Content-Type is for a transform. */
export const isJsonType = (contentType: string | undefined): boolean => JSON_TYPE.test(contentType ?? '');

/**
 * The headers of an answer whose bytes will be others. Its ETag becomes a weak one: it still tells versions
 * apart, and no longer vouches for bytes (RFC 9110 §8.8.1).
 */
export const headersOfOtherBytes = (headers: AnswerHeaders): AnswerHeaders => {
  const kept = { ...headers };
  for (const name of OF_THE_BYTES) delete kept[name];
  const { etag } = kept;
  if (typeof etag === 'string' && !etag.startsWith('W/')) kept.etag = `W/${etag}`;
  return kept;
};

/** @throws Error that says why there is no transformed answer. */
export const transformAnswer = (answer: WholeAnswer, transform: AnswerTransform): WholeAnswer => {
  const given: JsonAnswer = {
    status: answer.status,
    headers: headersOfOtherBytes(answer.headers),
    body: parsed(answer.body),
  };
  const made = transform(given);
  const status = made.status ?? given.status;
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new Error(`the transform gave ${status} as a status`);
  const text = JSON.stringify(made.body);
  if (text === undefined) throw new Error('the transform gave no body');
  const body = Buffer.from(text);
  const headers = {
    ...headersOfOtherBytes(made.headers ?? given.headers),
    'content-length': String(body.length),
  };
  return { status, headers, body };
};

const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString());
  } catch (thrown) {
    throw new Error(`the answer is no JSON: ${messageOf(thrown)}`);
  }
};
