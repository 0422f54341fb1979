import { messageOf } from '../../services/core/index.ts';
import { errorCodeOf } from '../error-code.ts';
import type {
  AnswerHead,
  AnswerSink,
  Failure,
  ForwardOutcome,
  ForwardRequest,
  Upstreaming,
} from './forwarder.ts';
import { type HeaderList, headerIn } from './header-list.ts';

/** A held-back error answer up to this size is read to its end, so that its connection can be used again. */
const DRAIN_BYTES = 65_536;
/** What says that an upstream could not be reached at all. */
export const CONNECT_CODES = new Set([
  ...['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
  'UND_ERR_CONNECT_TIMEOUT',
]);
const ANSWERED: ForwardOutcome = Object.freeze({ kind: 'answered' });
const ABORTED: ForwardOutcome = Object.freeze({ kind: 'aborted' });

export interface AttemptOptions {
  readonly request: ForwardRequest;
  readonly sink: AnswerSink;
  /** Until the answer's head; it starts again as long as an upload moves on. */
  readonly timeoutMs: number;
  readonly settle: (outcome: ForwardOutcome) => void;
}

/**
 * One try of one request at one upstream, whichever engine carries it. It times out, follows the client when it
 * goes away, holds errors back, and keeps the client's answer untouched until the upstream's has begun: that is
 * what lets another upstream still give it. An engine reports to it, and is told what to do with its connection.
 */
export abstract class Attempt implements Upstreaming {
  readonly request: ForwardRequest;
  readonly #sink: AnswerSink;
  readonly #timeoutMs: number;
  readonly #settle: (outcome: ForwardOutcome) => void;
  readonly #onClientClose = () => this.#clientClosed();
  readonly #deadline: NodeJS.Timeout;
  #phase: 'waiting' | 'answering' | 'complete' | 'over' = 'waiting';
  #bytesRead: number;

  constructor({ request, sink, timeoutMs, settle }: AttemptOptions) {
    this.request = request;
    this.#sink = sink;
    this.#timeoutMs = timeoutMs;
    this.#settle = settle;
    this.#bytesRead = request.body === 'stream' ? request.req.socket.bytesRead : 0;
    this.#deadline = setTimeout(onDeadline, timeoutMs, this);
    request.res.on('close', this.#onClientClose);
  }

  /** Lets go of the upstream at once: nobody wants the rest. */
  protected abstract abandon(): void;
  /** The client has taken what it got: the upstream may go on. */
  protected abstract resume(): void;
  /** Whether the connection had carried another request before. */
  protected abstract get reused(): boolean;

  /** Whether nobody waits for an answer any more. */
  get over(): boolean {
    return this.#phase === 'over';
  }

  /**
   * The upstream's head is here. `go-on`: what follows is the client's. `drain`: it is nobody's, but short enough
   * to be read, so that the connection stays. `stop`: it is nobody's.
   */
  begin(head: AnswerHead): 'go-on' | 'drain' | 'stop' {
    if (this.#phase !== 'waiting') return 'stop';
    if (head.status >= 500 && this.request.holdsServerErrors()) {
      const small = Number(headerIn(head.rawHeaders, 'content-length') ?? Number.NaN) <= DRAIN_BYTES;
      this.#failed('status', `answered ${head.status}`, { abandon: false });
      return small ? 'drain' : 'stop';
    }
    try {
      this.#sink.answer(head, this);
    } catch (thrown) {
      // A head that Node will not write is no answer.
      this.#failed('reset', messageOf(thrown), { abandon: false });
      return 'stop';
    }
    this.#phase = 'answering';
    clearTimeout(this.#deadline);
    this.#settle(ANSWERED);
    return 'go-on';
  }

  /** A piece of the body; false when the engine is to wait for `resume`. */
  pass(chunk: Buffer): boolean {
    if (this.#phase !== 'answering' || this.#sink.write(chunk)) return true;
    this.request.res.once('drain', () => {
      if (this.#phase === 'answering') this.resume();
    });
    return false;
  }

  /** The upstream's answer is whole. */
  complete(rawTrailers: HeaderList): void {
    if (this.#phase !== 'answering') return;
    this.#phase = 'complete';
    this.request.res.off('close', this.#onClientClose);
    this.#sink.end(rawTrailers);
  }

  /** The upstream could not be reached, or was lost. Within an answer, the client must see it. */
  fail(thrown: unknown): void {
    if (this.#phase === 'answering') this.#breakOff();
    else this.#failed(CONNECT_CODES.has(errorCodeOf(thrown)) ? 'connect' : 'reset', messageOf(thrown));
  }

  /** Nobody wants the rest of the answer. */
  stop(): void {
    if (this.#phase !== 'answering') return;
    this.#phase = 'over';
    this.request.res.off('close', this.#onClientClose);
    this.abandon();
  }

  /** Nothing has moved for the longest silence; before the head that is the deadline's matter. */
  silent(): void {
    if (this.#phase === 'answering') this.#breakOff();
  }

  /** The deadline has passed; an upload that still moves gets another. */
  late(): void {
    const { req, body } = this.request;
    if (body === 'stream' && req.socket.bytesRead !== this.#bytesRead) {
      this.#bytesRead = req.socket.bytesRead;
      this.#deadline.refresh();
      return;
    }
    this.#failed('timeout', `no answer within ${this.#timeoutMs} ms`);
  }

  #breakOff(): void {
    this.#phase = 'over';
    this.request.res.off('close', this.#onClientClose);
    this.#sink.broke();
    this.abandon();
  }

  #failed(failure: Failure, reason: string, options = { abandon: true }): void {
    const staleConnection = failure === 'reset' && this.reused;
    this.#over({ kind: 'failed', failure, reason, staleConnection }, options);
  }

  #clientClosed(): void {
    if (this.#phase === 'waiting') this.#over(ABORTED, { abandon: true });
    else if (this.#phase === 'answering') {
      this.#phase = 'over';
      this.abandon();
    }
  }

  #over(outcome: ForwardOutcome, options: { abandon: boolean }): void {
    if (this.#phase !== 'waiting') return;
    this.#phase = 'over';
    clearTimeout(this.#deadline);
    this.request.res.off('close', this.#onClientClose);
    if (options.abandon) this.abandon();
    this.#settle(outcome);
  }
}

const onDeadline = (attempt: Attempt): void => attempt.late();
