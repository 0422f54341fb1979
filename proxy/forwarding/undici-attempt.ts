import type { Dispatcher } from 'undici';
import { Attempt, type AttemptOptions } from './attempt.ts';
import type { Connection } from './connections.ts';
import type { HeaderList } from './header-list.ts';

const UNWANTED = new Error('nobody waits for the answer');
/** What Node will not write into a status line. */
const UNWRITABLE = /[^\t\x20-\x7e\x80-\xff]/g;

/** The client of undici, as it hands the head on: undici's types do not tell of the raw lists. */
type Controller = Dispatcher.DispatchController & {
  readonly rawHeaders?: readonly Buffer[] | null;
  readonly rawTrailers?: readonly Buffer[] | null;
};

/** An attempt that undici carries, of which it is the handler. */
export class UndiciAttempt extends Attempt implements Dispatcher.DispatchHandler {
  readonly #idleTimeoutMs: number;
  readonly #onAbandon: (attempt: UndiciAttempt) => void;
  #connection: Connection | undefined;
  #controller: Controller | undefined;
  #slowClient: NodeJS.Timeout | undefined;
  #reused = false;

  constructor(
    options: AttemptOptions & {
      readonly idleTimeoutMs: number;
      /** Called when nobody waits any more and no connection has been had yet. */
      readonly onAbandon: (attempt: UndiciAttempt) => void;
    },
  ) {
    super(options);
    this.#idleTimeoutMs = options.idleTimeoutMs;
    this.#onAbandon = options.onAbandon;
  }

  /** A connection is there, and the request is about to be sent on it. */
  carriedBy(connection: Connection): void {
    this.#connection = connection;
    this.#reused = connection.used;
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.over) controller.abort(UNWANTED);
  }

  onResponseStart(controller: Controller, status: number, _headers: unknown, statusText = ''): void {
    if (status < 200) return;
    const head = { status, statusText: writable(statusText), rawHeaders: textOf(controller.rawHeaders) };
    // What is to be drained ends by itself: `pass` leaves out what nobody wants.
    if (this.begin(head) === 'stop') controller.abort(UNWANTED);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.pass(chunk)) return;
    controller.pause();
    // Else undici's own watch over silence, which rests meanwhile, would let it hold the connection for ever.
    this.#slowClient = setTimeout(onSlowClient, this.#idleTimeoutMs, this);
  }

  onResponseEnd(controller: Controller): void {
    this.#release();
    this.complete(textOf(controller.rawTrailers));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#release();
    this.fail(error);
  }

  protected override abandon(): void {
    clearTimeout(this.#slowClient);
    if (this.#controller) this.#controller.abort(UNWANTED);
    else if (this.#connection) this.#connection.cut(UNWANTED);
    else this.#onAbandon(this);
  }

  protected override resume(): void {
    clearTimeout(this.#slowClient);
    this.#controller?.resume();
  }

  protected override get reused(): boolean {
    return this.#reused;
  }

  #release(): void {
    clearTimeout(this.#slowClient);
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.release();
  }
}

const onSlowClient = (attempt: UndiciAttempt): void => attempt.silent();

const NONE: HeaderList = [];

/** Names and values in turn. Most often they lie in one piece of memory: that is decoded once, and cut. */
const textOf = (raw: readonly Buffer[] | null | undefined): HeaderList => {
  const first = raw?.[0];
  const last = raw?.at(-1);
  if (!raw || !first || !last) return NONE;
  const memory = first.buffer;
  const from = first.byteOffset;
  const to = last.byteOffset + last.byteLength;
  const list = new Array<string>(raw.length);
  const whole =
    last.buffer === memory && to > from ? Buffer.from(memory, from, to - from).toString('latin1') : '';
  for (let at = 0; at < raw.length; at++) {
    const piece = raw[at] as Buffer;
    const start = piece.byteOffset - from;
    const end = start + piece.byteLength;
    const lies = piece.buffer === memory && start >= 0 && end <= whole.length;
    list[at] = lies ? whole.slice(start, end) : piece.toString('latin1');
  }
  return list;
};

/** Undici reads a status line as UTF-8; what was not UTF-8 cannot be had again, and does not matter. */
const writable = (statusText: string): string =>
  statusText === 'OK' ? statusText : statusText.replace(UNWRITABLE, '?');
