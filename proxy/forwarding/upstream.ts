import type { Exchange } from '../exchange.ts';
import type {
  AnswerSink,
  Forwarder,
  ForwardOutcome,
  ForwardRequest,
  Handshake,
  UpgradeRequest,
} from './forwarder.ts';
import { headersByName } from './header-list.ts';
import { type RequestPolicy, upstreamHeaders } from './request-policy.ts';
import { answerFailure, type ControlSide } from './rescue.ts';

/** One upstream with the policy for what is sent to it. */
export class Upstream {
  readonly #forwarder: Forwarder;
  readonly #host: string;
  readonly #policy: RequestPolicy;

  constructor(options: { forwarder: Forwarder; url: URL; policy: RequestPolicy }) {
    this.#forwarder = options.forwarder;
    this.#host = options.url.host;
    this.#policy = options.policy;
  }

  /** Sends an exchange's request to `path`; `repeatable` says that a second sending would do no harm. */
  forward(
    exchange: Exchange,
    options: {
      path: string;
      holdsServerErrors: () => boolean;
      repeatable: boolean;
      /** Optional: defaults to the exchange itself. */
      sink?: AnswerSink;
    },
  ): Promise<ForwardOutcome> {
    const { req, res, body } = exchange;
    const contentLength = Buffer.isBuffer(body) ? body.length : undefined;
    const headers = upstreamHeaders(req, { host: this.#host, policy: this.#policy, contentLength });
    const { path, holdsServerErrors, repeatable, sink = exchange } = options;
    const request: ForwardRequest = { req, res, path, headers, body, holdsServerErrors };
    const first = this.#forwarder.forward(request, sink);
    if (!repeatable || body === 'stream') return first;
    // The upstream may have closed a kept connection just as we used it: that is not its failure (RFC 9112 §9.3.1).
    return first.then((outcome) =>
      outcome.kind === 'failed' && outcome.staleConnection ? this.#forwarder.forward(request, sink) : outcome,
    );
  }

  /** Carries a WebSocket to `path`. */
  upgrade(handshake: Handshake, path: string): void {
    this.#forwarder.upgrade(this.upgradeRequest(handshake, path));
  }

  /** A handshake as this upstream is to get it. */
  upgradeRequest(handshake: Handshake, path: string): UpgradeRequest {
    const options = { host: this.#host, policy: this.#policy };
    const headers = headersByName(upstreamHeaders(handshake.req, options));
    headers.connection = 'Upgrade';
    headers.upgrade = 'websocket';
    return { ...handshake, path, headers };
  }

  close(): void {
    this.#forwarder.close();
  }
}

const never = (): boolean => false;

/** A monolith behind the proxy: it gets the path as the client sent it, and whatever it answers is the answer. */
export class ForwardedControl implements ControlSide {
  readonly address: string;
  readonly #upstream: Upstream;
  readonly #basePath: string;

  constructor(options: { upstream: Upstream; url: URL }) {
    this.#upstream = options.upstream;
    this.#basePath = options.url.pathname.replace(/\/$/, '');
    this.address = options.url.origin + this.#basePath;
  }

  async serve(exchange: Exchange): Promise<void> {
    const { method } = exchange.req;
    const outcome = await this.#upstream.forward(exchange, {
      path: this.#basePath + exchange.target,
      holdsServerErrors: never,
      repeatable: method === 'GET' || method === 'HEAD' || exchange.why === 'rescue',
    });
    if (outcome.kind === 'failed') answerFailure(exchange, outcome);
  }

  upgrade(handshake: Handshake): void {
    this.#upstream.upgrade(handshake, this.#basePath + (handshake.req.url ?? '/'));
  }

  close(): void {
    this.#upstream.close();
  }
}
