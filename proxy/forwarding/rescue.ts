import type { Exchange } from '../exchange.ts';
import type { Breaker } from './breaker.ts';
import { answerError } from './error-answer.ts';
import type { ForwardOutcome } from './forwarder.ts';
import { peekBody } from './request-body.ts';

/** The new side of one route. */
export interface CandidateSide {
  /** Only safe requests may be asked twice. Law 11. */
  readonly safe: boolean;
  readonly maxBodyBytes: number;
  readonly idleTimeoutMs: number;
  readonly breaker: Breaker;
  forward(exchange: Exchange): Promise<ForwardOutcome>;
}

/** The old side: a proxied monolith, or the one that we are mounted in. */
export interface ControlSide {
  /** Where it is, with its base path; absent when we are mounted in it. */
  readonly address?: string;
  serve(exchange: Exchange): void | Promise<void>;
}

/**
 * Law 11. The candidate answers, or, when it fails a safe request before its answer began, the control does in
 * the same request; either way it counts against the candidate. A write is sent to one side, once: to the
 * control only while the candidate, known to be down, is not asked at all.
 */
export const serveByCandidate = async (
  exchange: Exchange,
  candidate: CandidateSide,
  control: ControlSide,
): Promise<void> => {
  if (candidate.safe && exchange.body === 'stream') {
    const peeked = await peekBody(exchange.req, {
      maxBytes: candidate.maxBodyBytes,
      idleTimeoutMs: candidate.idleTimeoutMs,
    });
    if (peeked === 'aborted') return;
    if (peeked === 'too-large') {
      exchange.toControl('large-body');
      return control.serve(exchange);
    }
    exchange.body = peeked;
  }
  const outcome = await candidate.breaker.run(() => candidate.forward(exchange));
  if (outcome === 'open') {
    exchange.toControl('breaker-open', 'breaker-open');
    return control.serve(exchange);
  }
  if (outcome.kind !== 'failed') return;
  if (candidate.safe) {
    exchange.toControl('rescue', `${outcome.failure}: ${outcome.reason}`);
    return control.serve(exchange);
  }
  exchange.candidateFailure = `${outcome.failure}: ${outcome.reason}`;
  answerFailure(exchange, outcome);
};

/** Tells the client that the side that was to answer did not. */
export const answerFailure = (exchange: Exchange, outcome: { failure: string }): void => {
  const late = outcome.failure === 'timeout';
  answerError(exchange.res, {
    status: late ? 504 : 502,
    code: late ? 'gateway-timeout' : 'bad-gateway',
    message: late ? `The ${exchange.side} did not answer in time.` : `The ${exchange.side} did not answer.`,
    side: exchange.side,
    // What the client still sends of its request nobody will read.
    close: !exchange.req.complete,
  });
};
