import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type Clock, pause } from '../../services/core/index.ts';
import type { Canary } from '../canary.ts';
import { answerError, endSocket } from './error-answer.ts';
import { refusalOf } from './request-policy.ts';
import type { ForwardedControl } from './upstream.ts';

/** Longer than load balancers keep theirs (60 s), so that they and not we close an idle connection. */
const KEEP_ALIVE_MS = 75_000;
/** Until a request's head is whole, from its first byte or from the connection's beginning. */
const HEADERS_TIMEOUT_MS = 60_000;
const DRAIN_STEP_MS = 20;

/** The server that clients talk to. */
export interface TrafficServer {
  readonly server: Server;
  /** Stops listening, lets requests that are under way end for up to `drainMs`, then closes every connection. */
  drain(options: { drainMs: number; clock: Clock }): Promise<void>;
}

export interface TrafficOptions {
  readonly canary: Canary;
  readonly control: ForwardedControl;
  readonly log: Logger;
}

/** Makes the server; it does not listen yet. Nothing stands in front of it: a framework would cost each request. */
export const createTrafficServer = (options: TrafficOptions): TrafficServer => {
  let draining = false;
  const { canary, control, log } = options;
  const serve = (req: IncomingMessage, res: ServerResponse) => {
    // Else a kept connection would outlive its last request here.
    if (draining) res.setHeader('connection', 'close');
    const target = req.url ?? '';
    const refusal = refusalOf(req, target);
    if (!refusal) return canary.serve(req, res, target, control);
    canary.metrics.refused();
    answerError(res, { ...refusal, close: true });
    return undefined;
  };
  const failed = (res: ServerResponse, error: unknown) => {
    log.error({ err: error }, 'the proxy itself failed');
    answerError(res, { status: 500, code: 'internal', message: 'The proxy failed.', close: true });
  };
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Most requests have no body, and nobody waits for its end.
      optimizeEmptyRequests: true,
      // An upload may take as long as it moves on: the deadlines of forwarding see to that.
      requestTimeout: 0,
      // Which would be the longest wait for a head as well, so that whoever sends none would hold a connection for ever.
      headersTimeout: HEADERS_TIMEOUT_MS,
      // Any other protocol's upgrade is declined by going on in HTTP/1.1.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    (req, res) => {
      try {
        serve(req, res)?.catch((error: unknown) => failed(res, error));
      } catch (error) {
        failed(res, error);
      }
    },
  );
  const upgraded = carryUpgrades(server, options);
  const drain = async ({ drainMs, clock }: { drainMs: number; clock: Clock }) => {
    draining = true;
    const untilMs = clock.nowMs() + drainMs;
    const over = new AbortController();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    void closed.then(() => over.abort());
    while (!over.signal.aborted && clock.nowMs() < untilMs) {
      // A connection whose answer had begun before falls idle after it.
      server.closeIdleConnections();
      await pause(clock, DRAIN_STEP_MS, over.signal);
    }
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
    await closed;
  };
  return { server, drain };
};

/** Wires WebSockets before the first one comes, and answers the sockets that are open. */
const carryUpgrades = (server: Server, { canary, control }: TrafficOptions): ReadonlySet<Duplex> => {
  const open = new Set<Duplex>();
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    // The server no longer listens to this one: a client that resets it would end the process.
    socket.on('error', () => socket.destroy());
    const refusal = refusalOf(req, req.url ?? '');
    if (refusal) {
      canary.metrics.refused();
      endSocket(socket, refusal.status, refusal.code, refusal.message);
      return;
    }
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    canary.upgrade(req, socket, head, control);
  });
  return open;
};
