import { decodedBody } from '../forwarding/decoded-body.ts';
import type { AnswerHead } from '../forwarding/forwarder.ts';
import { headerIn, headersByName } from '../forwarding/header-list.ts';
import type { ReadAnswer } from './compare-responses.ts';
import type { SkipReason } from './shadow-record.ts';

/** Keeps an answer that passes by, up to a size, without changing its course. */
export class AnswerCapture {
  readonly #maxBytes: number;
  readonly #onTooLarge: () => void;
  #head: AnswerHead | undefined;
  #complete = false;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(options: {
    /** Of the body, encoded and decoded. */
    maxBytes: number;
    /** Called once there is more than that. */
    onTooLarge?: () => void;
  }) {
    this.#maxBytes = options.maxBytes;
    this.#onTooLarge = options.onTooLarge ?? (() => undefined);
  }

  /** The answer's head is here; its body follows. */
  begin(head: AnswerHead): void {
    this.#head = head;
  }

  take(chunk: Buffer): void {
    if (this.#bytes > this.#maxBytes) return;
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#maxBytes) {
      this.#chunks.push(chunk);
      return;
    }
    this.#chunks = [];
    this.#onTooLarge();
  }

  /** The whole of it has passed. */
  finish(): void {
    this.#complete = true;
  }

  /** The whole answer, decoded, once it has passed; or why there is none. */
  async read(): Promise<ReadAnswer | SkipReason> {
    if (this.#bytes > this.#maxBytes) return 'too-large';
    if (!this.#head || !this.#complete) return 'cut-off';
    const { status, rawHeaders } = this.#head;
    const encoding = headerIn(rawHeaders, 'content-encoding');
    const body = await decodedBody(Buffer.concat(this.#chunks), encoding, this.#maxBytes);
    return Buffer.isBuffer(body) ? { status, headers: headersByName(rawHeaders), body } : body;
  }
}
