import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { ReadAnswer } from './compare-responses.ts';
import type { SkipReason } from './shadow-record.ts';

type Decode = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: { readonly [encoding: string]: Decode } = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** Keeps an answer that passes by, up to a size, without changing its course. */
export class AnswerCapture {
  readonly #maxBytes: number;
  readonly #onTooLarge: () => void;
  #upstream: IncomingMessage | undefined;
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

  /** Listens to an answer whose head is here, beside whoever else reads it. */
  tap(upstream: IncomingMessage): void {
    this.#upstream = upstream;
    const onData = (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes <= this.#maxBytes) {
        this.#chunks.push(chunk);
        return;
      }
      this.#chunks = [];
      upstream.off('data', onData);
      this.#onTooLarge();
    };
    upstream.on('data', onData);
  }

  /** The whole answer, decoded, once it has passed; or why there is none. */
  async read(): Promise<ReadAnswer | SkipReason> {
    const upstream = this.#upstream;
    if (this.#bytes > this.#maxBytes) return 'too-large';
    if (!upstream?.complete) return 'cut-off';
    const body = await this.#decoded(upstream.headers['content-encoding']);
    return Buffer.isBuffer(body)
      ? { status: upstream.statusCode ?? 0, headers: upstream.headers, body }
      : body;
  }

  async #decoded(encoding: string | undefined): Promise<Buffer | SkipReason> {
    const bytes = Buffer.concat(this.#chunks);
    if (encoding === undefined || encoding === 'identity' || bytes.length === 0) return bytes;
    const decode = DECODERS[encoding.toLowerCase()];
    if (!decode) return 'undecodable';
    try {
      return await decode(bytes, { maxOutputLength: this.#maxBytes });
    } catch (thrown) {
      const tooLarge = thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE';
      return tooLarge ? 'too-large' : 'undecodable';
    }
  }
}
