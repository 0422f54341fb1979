import type { Exchange } from '../exchange.ts';
import type { Breaker } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';
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
  /** Protects the control from all that the candidate fails. */
  readonly bulkhead: Bulkhead;
  /** The control answers a request that the candidate failed. */
  readonly onRescue: (exchange: Exchange) => void;
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
 * control only while the candidate, known to be down, is not asked at all. When the control has as many of those as
 * it is to have at once, the candidate's failure is the answer.
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
  if (outcome !== 'open' && outcome.kind !== 'failed') return;
  const failed = outcome === 'open' ? BREAKER_OPEN : outcome;
  const reason = outcome === 'open' ? 'breaker-open' : `${failed.failure}: ${failed.reason}`;
  if (outcome === 'open' || candidate.safe) {
    const leave = candidate.bulkhead.enter();
    if (leave) {
      exchange.res.once('close', leave);
      exchange.toControl(outcome === 'open' ? 'breaker-open' : 'rescue', reason);
      if (outcome !== 'open') candidate.onRescue(exchange);
      return control.serve(exchange);
    }
    exchange.why = 'rescues-full';
  }
  exchange.candidateFailure = reason;
  answerFailure(exchange, failed);
};

const BREAKER_OPEN = { failure: 'open', reason: 'it has failed too often in a row' };

interface FailureAnswer {
  readonly status: number;
  readonly code: string;
  /** What the side did. */
  readonly did: string;
}

const DID_NOT_ANSWER: FailureAnswer = { status: 502, code: 'bad-gateway', did: 'did not answer' };
const FAILURE_ANSWERS: { readonly [failure: string]: FailureAnswer | undefined } = {
  timeout: { status: 504, code: 'gateway-timeout', did: 'did not answer in time' },
  transform: { status: 502, code: 'bad-gateway', did: 'gave an answer that cannot be used' },
  open: { status: 503, code: 'unavailable', did: 'has failed too often to be asked now' },
};

/** Tells the client that the side that was to answer did not. */
export const answerFailure = (exchange: Exchange, outcome: { failure: string }): void => {
  const { status, code, did } = FAILURE_ANSWERS[outcome.failure] ?? DID_NOT_ANSWER;
  answerError(exchange.res, {
    status,
    code,
    message: `The ${exchange.side} ${did}.`,
    side: exchange.side,
    // What the client still sends of its request nobody will read.
    close: !exchange.req.complete,
  });
};
