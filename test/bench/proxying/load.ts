import { connect, type Socket } from 'node:net';

/** What every body of the upstreams ends with, and has nowhere else. */
export const END_OF_BODY = '"end":true}';

const END = Buffer.from(END_OF_BODY);
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');
/** Where the first digit of the status is. */
const STATUS_AT = 'HTTP/1.1 '.length;
const FIVE = '5'.charCodeAt(0);
const USERS = 1_000;

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

/** One kept connection that has one request under way at the most. */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #onAnswer: (connection: LoadConnection, ms: number) => void;
  #sinceMs = 0;
  #begun = false;
  #serverErrors = 0;

  constructor(options: {
    port: number;
    onAnswer: (connection: LoadConnection, ms: number) => void;
    onError: (error: Error) => void;
  }) {
    this.#onAnswer = options.onAnswer;
    this.#socket = connect(options.port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => this.#received(chunk));
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
  #received(chunk: Buffer): void {
    if (!this.#begun && chunk[STATUS_AT] === FIVE) this.#serverErrors++;
    this.#begun = true;
    if (!endsWith(chunk, END) && !endsWith(chunk, LAST_CHUNK)) return;
    this.#begun = false;
    this.#onAnswer(this, performance.now() - this.#sinceMs);
  }
}

const endsWith = (chunk: Buffer, end: Buffer): boolean =>
  chunk.length >= end.length && chunk.subarray(chunk.length - end.length).equals(end);
