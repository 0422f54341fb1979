import { EventEmitter } from 'node:events';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Stream } from 'node:stream';
import { messageOf } from '../../services/core/index.ts';
import { errorCodeOf } from '../error-code.ts';
import type { AnswerSink, Failure, ForwardOutcome, ForwardRequest } from './forwarder.ts';

/** A held-back error answer up to this size is read to its end, so that its connection can be used again. */
const DRAIN_BYTES = 65_536;
const CONNECT_CODES = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/** A body that is at hand: it can be sent to one upstream and then to another. */
class ReadyBody extends Stream {
  readonly #bytes: Buffer | undefined;

  constructor(bytes?: Buffer) {
    super();
    this.#bytes = bytes;
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    if (this.#bytes) destination.end(this.#bytes);
    else destination.end();
    return destination;
  }
}

const NO_BODY = new ReadyBody();

/** What the proxying engine reads of a request. */
class UpstreamRequest {
  readonly httpVersion = '1.1';
  readonly httpVersionMajor = 1;
  // The engine asks whether the client is still there; the attempt watches that itself.
  readonly socket = { writable: true };
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  url: string;

  constructor(request: ForwardRequest) {
    this.method = request.req.method ?? 'GET';
    this.headers = request.headers;
    this.url = request.path;
  }

  on(): this {
    return this;
  }
}

/**
 * One try of one request at one upstream. To the proxying engine it is the client's response, so that whatever
 * the engine does to a response that fails (it ends or destroys it) ends this try and not the client's answer:
 * that is what lets another upstream still give it. Times out, and follows the client when it goes away.
 */
export class Attempt extends EventEmitter {
  // What the engine reads of a response.
  readonly finished = false;
  readonly headersSent = false;
  writableFinished = false;
  destroyed = false;

  readonly upstreamRequest: UpstreamRequest;
  readonly body: Stream;
  readonly #request: ForwardRequest;
  readonly #sink: AnswerSink;
  readonly #timeoutMs: number;
  readonly #settle: (outcome: ForwardOutcome) => void;
  readonly #onClientClose = () => this.#clientClosed();
  readonly #onSilence = () => this.#silent();
  #phase: 'waiting' | 'answering' | 'over' = 'waiting';
  #sent: ClientRequest | undefined;
  #deadline: NodeJS.Timeout;
  #bytesRead: number;

  constructor(options: {
    request: ForwardRequest;
    sink: AnswerSink;
    /** Until the answer's head; it starts again as long as an upload moves on. */
    timeoutMs: number;
    settle: (outcome: ForwardOutcome) => void;
  }) {
    super();
    const { request } = options;
    this.#request = request;
    this.#sink = options.sink;
    this.#timeoutMs = options.timeoutMs;
    this.#settle = options.settle;
    this.upstreamRequest = new UpstreamRequest(request);
    this.body = bodyOf(request);
    this.#bytesRead = request.req.socket.bytesRead;
    this.#deadline = setTimeout(onDeadline, options.timeoutMs, this);
    request.res.once('close', this.#onClientClose);
  }

  /** The engine has a connection for the request. */
  sentOn(clientRequest: ClientRequest): void {
    this.#sent = clientRequest;
    clientRequest.once('timeout', this.#onSilence);
  }

  /** The upstream's head is here. */
  respond(upstream: IncomingMessage): void {
    clearTimeout(this.#deadline);
    if (this.#phase !== 'waiting') {
      upstream.destroy();
      return;
    }
    const status = upstream.statusCode ?? 0;
    if (this.#request.holdServerErrors && status >= 500) {
      this.#holdBack(upstream, status);
      return;
    }
    try {
      this.#sink.answer(upstream);
    } catch (thrown) {
      // A head that Node will not write is no answer.
      this.fail(thrown);
      return;
    }
    this.#phase = 'answering';
    upstream.pipe(this.#request.res);
    this.#settle({ kind: 'answered' });
  }

  /** The engine could not reach the upstream, or lost it. */
  fail(thrown: unknown): void {
    if (this.#phase === 'answering') {
      this.destroy();
      return;
    }
    const failure: Failure = CONNECT_CODES.has(errorCodeOf(thrown)) ? 'connect' : 'reset';
    this.#over({
      kind: 'failed',
      failure,
      reason: messageOf(thrown),
      staleConnection: failure === 'reset' && this.#sent?.reusedSocket === true,
    });
  }

  /** The deadline has passed; an upload that still moves gets another. */
  late(): void {
    const { bytesRead } = this.#request.req.socket;
    if (this.#request.body === 'stream' && bytesRead !== this.#bytesRead) {
      this.#bytesRead = bytesRead;
      this.#deadline.refresh();
      return;
    }
    const reason = `no answer within ${this.#timeoutMs} ms`;
    this.#over({ kind: 'failed', failure: 'timeout', reason, staleConnection: false });
  }

  /** The engine destroys "the response" when the upstream breaks off: within an answer, the client must see it. */
  destroy(): void {
    if (this.#phase !== 'answering' || this.destroyed) return;
    this.destroyed = true;
    this.#sink.broke();
    this.#request.res.destroy();
  }

  #holdBack(upstream: IncomingMessage, status: number): void {
    const reason = `answered ${status}`;
    const small = Number(upstream.headers['content-length'] ?? Number.NaN) <= DRAIN_BYTES;
    if (small) upstream.resume();
    this.#over({ kind: 'failed', failure: 'status', reason, staleConnection: false }, { keep: small });
  }

  #clientClosed(): void {
    this.writableFinished = this.#request.res.writableFinished;
    if (this.#phase === 'waiting') this.#over({ kind: 'aborted' });
    else if (this.#phase === 'answering') {
      this.#phase = 'over';
      this.#release();
    }
  }

  /** Nothing has moved on the connection for its longest silence; before the head that is the deadline's matter. */
  #silent(): void {
    if (this.#phase === 'answering') this.destroy();
  }

  #over(outcome: ForwardOutcome, options: { keep: boolean } = { keep: false }): void {
    if (this.#phase !== 'waiting') return;
    this.#phase = 'over';
    clearTimeout(this.#deadline);
    this.#request.res.off('close', this.#onClientClose);
    if (!options.keep) this.#release();
    this.#settle(outcome);
  }

  /** To the engine this is the response's end: it lets go of the upstream, unless all went well. */
  #release(): void {
    this.emit('close');
  }
}

const onDeadline = (attempt: Attempt): void => attempt.late();

const bodyOf = ({ body, req }: ForwardRequest): Stream => {
  if (body === 'none') return NO_BODY;
  return body === 'stream' ? req : new ReadyBody(body);
};
