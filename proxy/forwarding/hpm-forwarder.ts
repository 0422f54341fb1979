import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyMiddleware, type Plugin, type RequestHandler } from 'http-proxy-middleware';
import { keepAliveAgent } from './agents.ts';
import { endTogether } from './carry-upgrade.ts';
import { endSocket } from './error-answer.ts';
import type { AnswerSink, Forwarder, ForwardOutcome, ForwardRequest, UpgradeRequest } from './forwarder.ts';
import { HpmAttempt, UpstreamResponse } from './hpm-attempt.ts';
import { hooksOf } from './middleware-hooks.ts';
import type { MiddlewareOptions } from './middleware-options.ts';
import { SIDE_HEADER, switchingHeaders } from './response-policy.ts';

/** How one upstream is reached. */
export interface HpmForwarderOptions {
  /** Required. Its path is ignored: requests name the whole path. */
  readonly url: URL;
  readonly timeoutMs: number;
  readonly maxSockets: number;
  readonly idleTimeoutMs: number;
  /** Optional: no hooks. What a person has set of the middleware's own options. */
  readonly middleware?: MiddlewareOptions | undefined;
}

/**
 * A forwarder on http-proxy-middleware and its engine httpxy. Their defaults that lose requests or trust are
 * replaced: answers are written by us, errors handled by us, and the deadline covers the wait for the head alone.
 */
export class HpmForwarder implements Forwarder {
  readonly #middleware: RequestHandler;
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  constructor(options: HpmForwarderOptions) {
    this.#timeoutMs = options.timeoutMs;
    this.#agent = keepAliveAgent(options);
    const { on: _, plugins: __, ...own } = options.middleware ?? NO_OPTIONS;
    this.#middleware = createProxyMiddleware({
      ...own,
      // Without its path, which the engine would join to ours (`prependPath: false` is ignored).
      target: new URL(options.url.origin),
      agent: this.#agent,
      selfHandleResponse: true,
      upgradeTimeout: options.timeoutMs,
      // The default plugins log each request and answer errors in their own way.
      ejectPlugins: true,
      plugins: [...hooksOf(options.middleware ?? NO_OPTIONS), listen(options.idleTimeoutMs)],
      // The one hook that sees a request's own options: which body is sent.
      pathRewrite: (path, _req, res, settings) => {
        if (settings && isAttempt(res)) settings.buffer = res.attempt.body;
        return path;
      },
    });
  }

  forward(request: ForwardRequest, sink: AnswerSink): Promise<ForwardOutcome> {
    if (request.res.closed) return Promise.resolve({ kind: 'aborted' });
    return new Promise((settle) => {
      const attempt = new HpmAttempt({ request, sink, timeoutMs: this.#timeoutMs, settle });
      // The engine takes any request and response with the members that it uses; an attempt's have those.
      const req = attempt.upstreamRequest as unknown as IncomingMessage;
      const res = attempt.upstreamResponse as unknown as ServerResponse;
      const failed = (thrown: unknown) => attempt.fail(thrown);
      this.#middleware(req, res, failed).catch(failed);
    });
  }

  upgrade(request: UpgradeRequest): void {
    const { req, socket, head, path, headers } = request;
    if (!(socket instanceof Socket)) {
      request.onSettled();
      socket.destroy();
      return;
    }
    UPGRADES.set(socket, request);
    req.url = path;
    req.headers = headers as IncomingMessage['headers'];
    this.#middleware.upgrade(req, socket, head);
  }

  close(): void {
    this.#agent.destroy();
  }
}

const NO_OPTIONS: MiddlewareOptions = { plugins: [] };

/** The handshakes that the engine has: it hands on nothing but the client's socket. */
const UPGRADES = new WeakMap<Duplex, UpgradeRequest>();

const listen =
  (idleTimeoutMs: number): Plugin =>
  (proxy) => {
    proxy.on('proxyReq', (sent, _req, res) => {
      if (isAttempt(res)) res.attempt.sentOn(sent);
    });
    proxy.on('proxyRes', (upstream, _req, res) => {
      if (isAttempt(res)) res.attempt.respond(upstream);
    });
    // Ahead of the engine's own listeners, which copy the headers as they find them.
    proxy.on('proxyReqWs', (sent, _req, socket) => {
      const request = UPGRADES.get(socket);
      if (!request) return;
      sent.once('upgrade', (upstream: IncomingMessage, upstreamSocket: Socket) => {
        request.onSettled();
        upstream.headers = switchingHeaders(upstream, request.marks);
        // The engine passes an orderly end on; a side that is destroyed would leave the other open for ever.
        endTogether(socket, upstreamSocket, idleTimeoutMs);
        socket.once('close', () => upstreamSocket.destroySoon());
        upstreamSocket.once('close', () => socket.destroySoon());
      });
      sent.once('response', (upstream: IncomingMessage) => {
        request.onSettled();
        upstream.setTimeout(idleTimeoutMs, () => upstream.destroy(new Error('the answer is silent')));
        upstream.headers[SIDE_HEADER] = request.marks.side;
      });
    });
    proxy.on('error', (thrown, _req, res) => {
      if (isAttempt(res)) res.attempt.fail(thrown);
      else if (res instanceof Socket) {
        UPGRADES.get(res)?.onSettled();
        endSocket(res, 502, 'bad-gateway', 'The control did not answer.');
      }
    });
  };

const isAttempt = (res: unknown): res is UpstreamResponse => res instanceof UpstreamResponse;
