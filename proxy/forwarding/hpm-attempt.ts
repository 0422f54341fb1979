import { EventEmitter } from 'node:events';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Stream } from 'node:stream';
import { Attempt, type AttemptOptions } from './attempt.ts';
import { withChanges } from './changed-headers.ts';
import type { ForwardRequest } from './forwarder.ts';
import { headersByName } from './header-list.ts';

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

/** Methods for which Node's client writes a body without framing it, unless told that it is chunked. */
const BODY_UNUSUAL = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** What the engine reads of a request. */
export class UpstreamRequest {
  readonly httpVersion = '1.1';
  readonly httpVersionMajor = 1;
  // The engine asks whether the client is still there; the attempt watches that itself.
  readonly socket = { writable: true };
  readonly method: string;
  readonly headers: { [name: string]: string | string[] };
  /** What the client has sent. */
  readonly client: ForwardRequest;
  url: string;

  constructor(client: ForwardRequest) {
    const { req, headers, body, path } = client;
    this.client = client;
    this.method = req.method ?? 'GET';
    this.headers = headersByName(headers);
    if (body === 'stream' && BODY_UNUSUAL.has(this.method) && this.headers['content-length'] === undefined)
      this.headers['transfer-encoding'] = 'chunked';
    this.url = path;
  }

  on(): this {
    return this;
  }
}

/**
 * What the engine takes for the client's response: whatever it does to a response that fails (it ends or destroys
 * it) ends this try, and not the client's answer.
 */
export class UpstreamResponse extends EventEmitter {
  // What the engine reads of a response.
  readonly finished = false;
  readonly headersSent = false;
  writableFinished = false;
  readonly attempt: HpmAttempt;

  constructor(attempt: HpmAttempt) {
    super();
    this.attempt = attempt;
  }

  /** The engine destroys "the response" when the upstream breaks off. */
  destroy(): void {
    this.attempt.silent();
  }
}

/** An attempt that http-proxy-middleware's engine carries. */
export class HpmAttempt extends Attempt {
  readonly upstreamRequest: UpstreamRequest;
  readonly upstreamResponse: UpstreamResponse;
  readonly body: Stream;
  /** The answer's headers before hooks saw them; absent where there are no hooks. */
  headersBefore: Readonly<IncomingHttpHeaders> | undefined;
  #sent: ClientRequest | undefined;
  #upstream: IncomingMessage | undefined;

  constructor(options: AttemptOptions) {
    super(options);
    this.upstreamRequest = new UpstreamRequest(options.request);
    this.upstreamResponse = new UpstreamResponse(this);
    this.body = bodyOf(options.request);
  }

  /** The engine has a connection for the request. */
  sentOn(clientRequest: ClientRequest): void {
    this.#sent = clientRequest;
    clientRequest.once('timeout', () => this.silent());
  }

  /** The upstream's head is here. */
  respond(upstream: IncomingMessage): void {
    this.#upstream = upstream;
    const { statusCode: status = 0, statusMessage: statusText = '' } = upstream;
    const next = this.begin({ status, statusText, rawHeaders: withChanges(upstream, this.headersBefore) });
    if (next === 'stop') this.abandon();
    if (next !== 'go-on') {
      upstream.resume();
      return;
    }
    upstream.on('data', (chunk: Buffer) => {
      if (!this.pass(chunk)) upstream.pause();
    });
    upstream.on('end', () => {
      this.upstreamResponse.writableFinished = true;
      this.complete(upstream.rawTrailers);
    });
  }

  /** To the engine this is the response's end: it lets go of the upstream. */
  protected override abandon(): void {
    this.upstreamResponse.emit('close');
    this.#upstream?.destroy();
  }

  protected override resume(): void {
    this.#upstream?.resume();
  }

  protected override get reused(): boolean {
    return this.#sent?.reusedSocket === true;
  }
}

const bodyOf = ({ body, req }: ForwardRequest): Stream => {
  if (body === 'none') return NO_BODY;
  return body === 'stream' ? req : new ReadyBody(body);
};
