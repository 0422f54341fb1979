import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerHead, AnswerSink, ForwardRequest } from './forwarding/forwarder.ts';
import { type HeaderList, headerIn } from './forwarding/header-list.ts';
import { answerHeaders, answerTrailers } from './forwarding/response-policy.ts';
import { type Decision, isSteered, type Side, type Why } from './routing/canary-router.ts';
import { type CookiePolicy, setCookieOf } from './routing/cookie-header.ts';
import type { WeightInForce } from './routing/weights.ts';
import type { MirroredRequest } from './shadow/mirror.ts';

/**
 * How an exchange ended for the client. `rescued`: the candidate failed and the control answered. `error`: a
 * 5xx, or an answer that broke off. `aborted`: the client left.
 */
export type Outcome = 'ok' | 'error' | 'rescued' | 'aborted';

/** A body up to this size that comes as one piece is written together with its head. */
const ONE_WRITE_BYTES = 16_384;
const NO_COOKIES: readonly string[] = [];

/** One request of a client and its answer: what was decided, what happened, and what to write into the answer. */
export class Exchange implements AnswerSink {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The request target: path and query as the client sent them. */
  readonly target: string;
  readonly decision: Decision;
  /** The weight that it was decided by. */
  readonly weight: WeightInForce;
  readonly #startedMs = performance.now();
  /** From the request to the end of its answer; 0 until then. */
  durationMs = 0;
  /** The side that answers, and why; these change when the control steps in. */
  side: Side;
  why: Why;
  body: ForwardRequest['body'];
  /** Why the candidate did not answer, although the request was its own. */
  candidateFailure: string | undefined;
  /** Tells every instance that the client stays with the control for a while. */
  pinCookie: string | undefined;
  /** Set when the other side is asked too, once the answer has gone. */
  mirrored: MirroredRequest | undefined;
  #broken = false;
  #wholeLength = '';
  readonly #cookie: CookiePolicy;
  readonly #controlAddress: string | undefined;

  constructor(options: {
    req: IncomingMessage;
    res: ServerResponse;
    target: string;
    decision: Decision;
    weight: WeightInForce;
    body: ForwardRequest['body'];
    cookie: CookiePolicy;
    controlAddress: string | undefined;
  }) {
    this.req = options.req;
    this.res = options.res;
    this.target = options.target;
    this.decision = options.decision;
    this.weight = options.weight;
    this.side = options.decision.side;
    this.why = options.decision.why;
    this.body = options.body;
    this.#cookie = options.cookie;
    this.#controlAddress = options.controlAddress;
  }

  /** The control answers in the candidate's place. */
  toControl(why: Why, candidateFailure?: string): void {
    this.side = 'control';
    this.why = why;
    this.candidateFailure = candidateFailure;
  }

  answer(head: AnswerHead): void {
    const { side, setCookies, chosenBy: why } = this;
    // The control has the client's paths, so that its redirects to itself can be the client's.
    const ownAddress = side === 'control' ? this.#controlAddress : undefined;
    const headers = answerHeaders(head.rawHeaders, { side, why, setCookies, ownAddress });
    this.res.writeHead(head.status, head.statusText, headers);
    this.#wholeLength = String(headerIn(head.rawHeaders, 'content-length'));
    this.mirrored?.capture.begin(head);
  }

  write(chunk: Buffer): boolean {
    this.mirrored?.capture.take(chunk);
    if (chunk.length <= ONE_WRITE_BYTES && String(chunk.length) === this.#wholeLength) {
      // Head and body go out in one write; what is only one byte a character stays the same bytes.
      this.res.end(chunk.toString('latin1'), 'latin1');
      return true;
    }
    return this.res.write(chunk);
  }

  end(rawTrailers: HeaderList): void {
    this.mirrored?.capture.finish();
    if (this.res.writableEnded) return;
    if (rawTrailers.length > 0) this.res.addTrailers(answerTrailers(rawTrailers));
    this.res.end();
  }

  /** Half an answer has reached the client, whose connection is closed, so that it shows. */
  broke(): void {
    this.#broken = true;
    this.res.destroy();
  }

  /** The client's response is closed. */
  ended(): void {
    this.durationMs = performance.now() - this.#startedMs;
  }

  /** The Set-Cookie values to send: the client's key, if he has none of ours yet, and that he is pinned from now on. */
  get setCookies(): readonly string[] {
    const { issueKey } = this.decision;
    if (issueKey === undefined && this.pinCookie === undefined) return NO_COOKIES;
    const keyCookie = issueKey === undefined ? undefined : setCookieOf(issueKey, this.#cookie);
    return [keyCookie, this.pinCookie].filter((cookie) => cookie !== undefined);
  }

  /** Why the client's side was chosen for him; `undefined` where a weight decided, or nothing had to. */
  get chosenBy(): Why | undefined {
    const { why } = this.decision;
    return isSteered(why) ? why : undefined;
  }

  /** The side whose request this was: the candidate's stays the candidate's when the control rescued it. */
  get ownSide(): Side {
    return this.candidateFailure === undefined ? this.side : 'candidate';
  }

  /** How it ended; asked when the response is closed. */
  get outcome(): Outcome {
    if (this.#broken) return 'error';
    if (!this.res.writableFinished) return 'aborted';
    if (this.res.statusCode >= 500) return 'error';
    return this.candidateFailure === undefined ? 'ok' : 'rescued';
  }
}
