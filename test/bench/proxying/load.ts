import { connect, type Socket } from 'node:net';
import { quantile } from '../rounds.ts';

/** What every body of the upstreams ends with, and has nowhere else. */
export const END_OF_BODY = '"end":true}';

const END = Buffer.from(END_OF_BODY);
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');
/** Where the first digit of the status is. */
const STATUS_AT = 'HTTP/1.1 '.length;
const FIVE = '5'.charCodeAt(0);
const USERS = 1_000;

/** What a load has found. */
export interface LoadResult {
  readonly requests: number;
  readonly serverErrors: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What of a result the latencies tell. */
export const timesOf = (latencies: readonly number[]): Pick<LoadResult, 'p50Ms' | 'p99Ms'> => ({
  p50Ms: quantile(latencies, 0.5),
  p99Ms: quantile(latencies, 0.99),
});

/** What is asked for, before the user's number. */
export type LoadPath = '/profiles/' | '/names/';

/** Requests of many users, each of whom has the proxy's cookie already. */
export const requestsOf = (port: number, path: LoadPath): Buffer[] =>
  Array.from({ length: USERS }, (_, user) =>
    Buffer.from(
      `GET ${path}${user} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: bench\r\nAccept: application/json\r\n` +
        `Accept-Encoding: gzip, br\r\nX-User-Id: user-${user}\r\nCookie: theme=dark; banyan_key=user-${user}\r\n\r\n`,
    ),
  );

/** What all connections read into: of an answer nothing is kept. */
const READ_INTO = Buffer.alloc(65_536);

/** One kept connection that has one request under way at the most. */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #onAnswer: (connection: LoadConnection, sinceMs: number) => void;
  #sinceMs = 0;
  #begun = false;
  #serverErrors = 0;

  constructor(options: {
    port: number;
    /** Told when the request was due that is answered now. */
    onAnswer: (connection: LoadConnection, sinceMs: number) => void;
    onError: (error: Error) => void;
  }) {
    this.#onAnswer = options.onAnswer;
    const callback = (bytes: number, into: Uint8Array) => {
      this.#received(into.subarray(0, bytes));
      return true;
    };
    const onread = { buffer: READ_INTO, callback };
    this.#socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true, onread });
    this.#socket.on('error', options.onError);
    this.#socket.on('close', () => options.onError(new Error('the proxy closed a connection')));
  }

  /** How many answers were of 500 and above. */
  get serverErrors(): number {
    return this.#serverErrors;
  }

  /** Sends a request that was due at `sinceMs`. */
  send(request: Buffer, sinceMs: number): void {
    this.#sinceMs = sinceMs;
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  /** The last piece of an answer ends with the body's end, and in chunks with the last, empty one. */
  #received(chunk: Uint8Array): void {
    if (!this.#begun && chunk[STATUS_AT] === FIVE) this.#serverErrors++;
    this.#begun = true;
    if (!endsWith(chunk, END) && !endsWith(chunk, LAST_CHUNK)) return;
    this.#begun = false;
    this.#onAnswer(this, this.#sinceMs);
  }
}

const endsWith = (chunk: Uint8Array, end: Buffer): boolean =>
  chunk.length >= end.length && end.equals(chunk.subarray(chunk.length - end.length));
