import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * A request's body on its way to an upstream that may take less of it than there is: what the upstream's client does
 * to this stream when an answer comes early (it destroys it) leaves the request, and the client's connection, whole.
 */
export class UploadBody extends Readable {
  readonly #req: IncomingMessage;
  readonly #onData = (chunk: Buffer) => {
    if (!this.push(chunk)) this.#req.pause();
  };
  readonly #onEnd = () => {
    this.push(null);
  };

  constructor(req: IncomingMessage) {
    super();
    this.#req = req;
    req.on('data', this.#onData);
    req.on('end', this.#onEnd);
    req.pause();
  }

  override _read(): void {
    this.#req.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#req.off('data', this.#onData);
    this.#req.off('end', this.#onEnd);
    // What the upstream does not want is read and forgotten: the client's next request comes after it.
    this.#req.resume();
    done(error);
  }
}
