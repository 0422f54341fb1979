import { once } from 'node:events';
import {
  type Agent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf } from '../../services/core/index.ts';
import { AnswerCapture } from './answer-capture.ts';
import type { ReadAnswer } from './compare-responses.ts';
import type { SkipReason } from './shadow-record.ts';

/** A request to one side whose answer nobody waits for. */
export interface SideRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer | undefined;
  /** Until the end of the answer. */
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly agent: Agent;
}

/** A side that gave no answer, and why. */
export interface Unanswered {
  readonly unanswered: string;
}

/** Asks a side and reads its answer to the end, unless it is too large. Never rejects. */
export const askSide = async (asked: SideRequest): Promise<ReadAnswer | SkipReason | Unanswered> => {
  const { url, method, headers, body, agent, timeoutMs, maxAnswerBytes } = asked;
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const late = AbortSignal.timeout(timeoutMs);
  const tooLarge = new AbortController();
  const signal = AbortSignal.any([late, tooLarge.signal]);
  const capture = new AnswerCapture({ maxBytes: maxAnswerBytes, onTooLarge: () => tooLarge.abort() });
  try {
    const sent = send(url, { method, headers, agent, signal });
    // What fails after the head fails the answer too, where it is seen.
    sent.on('error', () => undefined);
    sent.end(body);
    const [response] = (await once(sent, 'response', { signal })) as [IncomingMessage];
    response.on('error', () => undefined);
    const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = response;
    capture.begin({ status, statusText, rawHeaders });
    response.on('data', (chunk: Buffer) => capture.take(chunk));
    await once(response, 'end', { signal });
    capture.finish();
  } catch (thrown) {
    if (tooLarge.signal.aborted) return 'too-large';
    return { unanswered: late.aborted ? `no answer within ${timeoutMs} ms` : messageOf(thrown) };
  }
  return capture.read();
};
