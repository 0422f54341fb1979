import { messageOf } from '../../services/core/index.ts';
import type { Exchange } from '../exchange.ts';
import {
  type AnswerHeaders,
  type AnswerTransform,
  headersOfOtherBytes,
  isJsonType,
  transformAnswer,
} from './answer-transform.ts';
import { decodedBody } from './decoded-body.ts';
import type { AnswerHead, AnswerSink, Failure, ForwardOutcome, Upstreaming } from './forwarder.ts';
import { type HeaderList, headerIn, headersByName } from './header-list.ts';

const ANSWERED: ForwardOutcome = Object.freeze({ kind: 'answered' });

/**
 * Keeps a candidate's JSON answer until it is whole, and answers with what a transform makes of it. Until then
 * nothing has reached the client, so that all that goes wrong (it is too large, too slow, breaks off, is no JSON, or
 * the transform throws) is a failure before the answer, which the control may still make good. What has no JSON
 * body passes as it comes.
 */
export class TransformedAnswer implements AnswerSink {
  /** How it went for the client; what the forwarder says of an answer is only that its head was here. */
  readonly outcome: Promise<ForwardOutcome>;
  readonly #exchange: Exchange;
  readonly #options: {
    readonly transform: AnswerTransform;
    readonly maxBytes: number;
    readonly timeoutMs: number;
  };
  #settle: (outcome: ForwardOutcome) => void = () => undefined;
  #state: 'waiting' | 'through' | 'reading' | 'over' = 'waiting';
  #head: AnswerHead | undefined;
  #upstream: Upstreaming | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    exchange: Exchange,
    options: {
      readonly transform: AnswerTransform;
      /** Of the body, encoded and decoded. */
      readonly maxBytes: number;
      /** From the head to the end. */
      readonly timeoutMs: number;
    },
  ) {
    this.#exchange = exchange;
    this.#options = options;
    this.outcome = new Promise((settle) => {
      this.#settle = settle;
    });
    exchange.res.once('close', () => this.#over({ kind: 'aborted' }));
  }

  answer(head: AnswerHead, upstream: Upstreaming): void {
    const { status, rawHeaders } = head;
    const json = isJsonType(headerIn(rawHeaders, 'content-type'));
    if (status === 206) throw new Error('a part of an answer cannot be transformed');
    const bodiless = status === 204 || status === 304 || this.#exchange.req.method === 'HEAD';
    if (!json || bodiless) {
      this.#exchange.answer(
        bodiless ? withHeaders(head, headersOfOtherBytes(headersByName(rawHeaders))) : head,
      );
      this.#state = 'through';
      this.#settle(ANSWERED);
      return;
    }
    if (Number(headerIn(rawHeaders, 'content-length') ?? 0) > this.#options.maxBytes)
      throw new Error(this.#tooLarge);
    this.#state = 'reading';
    this.#head = head;
    this.#upstream = upstream;
    const { timeoutMs } = this.#options;
    this.#deadline = setTimeout(
      () => this.#stop('timeout', `no whole answer within ${timeoutMs} ms`),
      timeoutMs,
    );
  }

  write(chunk: Buffer): boolean {
    if (this.#state === 'through') return this.#exchange.write(chunk);
    if (this.#state !== 'reading') return true;
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#bytes > this.#options.maxBytes) this.#stop('transform', this.#tooLarge);
    return true;
  }

  end(rawTrailers: HeaderList): void {
    if (this.#state === 'through') this.#exchange.end(rawTrailers);
    else if (this.#state === 'reading')
      this.#finish().catch((thrown: unknown) => this.#failed('transform', messageOf(thrown)));
  }

  broke(): void {
    if (this.#state === 'through') this.#exchange.broke();
    else this.#failed('reset', 'the answer broke off');
  }

  async #finish(): Promise<void> {
    const head = this.#head;
    if (!head) return;
    const { maxBytes, transform } = this.#options;
    const encoding = headerIn(head.rawHeaders, 'content-encoding');
    const body = await decodedBody(Buffer.concat(this.#chunks), encoding, maxBytes);
    if (body === 'too-large') throw new Error(this.#tooLarge);
    if (body === 'undecodable') throw new Error(`the answer cannot be decoded from ${encoding}`);
    const answer = { status: head.status, headers: headersByName(head.rawHeaders), body };
    const made = transformAnswer(answer, transform);
    if (this.#state !== 'reading') return;
    const statusText = made.status === head.status ? head.statusText : '';
    this.#exchange.answer(withHeaders({ ...head, status: made.status, statusText }, made.headers));
    this.#over(ANSWERED);
    this.#exchange.write(made.body);
    this.#exchange.end([]);
  }

  get #tooLarge(): string {
    return `the answer has over ${this.#options.maxBytes} bytes, and cannot be transformed`;
  }

  #stop(failure: Failure, reason: string): void {
    this.#failed(failure, reason);
    this.#upstream?.stop();
  }

  #failed(failure: Failure, reason: string): void {
    this.#over({ kind: 'failed', failure, reason, staleConnection: false });
  }

  #over(outcome: ForwardOutcome): void {
    if (this.#state === 'over' || this.#state === 'through') return;
    this.#state = 'over';
    clearTimeout(this.#deadline);
    this.#chunks = [];
    this.#settle(outcome);
  }
}

const withHeaders = (head: AnswerHead, headers: AnswerHeaders): AnswerHead => ({
  ...head,
  rawHeaders: Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((each) => [name, String(each)]),
  ),
});
