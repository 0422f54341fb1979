import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { listen as listenAt } from '../../../services/core/listen.ts';

/** Longer than a proxy in front keeps a connection for reuse, so that it never sends into one being closed. */
const KEEP_ALIVE_MS = 75_000;
/** How often connections that have become idle are closed while the server stops. */
const SWEEP_MS = 100;

export interface Listening {
  readonly url: string;
  /** Takes no new connection, lets requests under way end for `graceMs`, then cuts what is left. */
  stop(graceMs: number): Promise<void>;
}

/** What takes WebSockets: `upgrade` answers on the socket whatever happens, `close` says goodbye on all of them. */
export interface WebSockets {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  close(): void;
}

/**
 * Serves `listener`; port 0 takes a free one.
 * @throws UsageError when the address cannot be had.
 */
export const listen = async (
  listener: RequestListener,
  options: { host: string; port: number; webSockets?: WebSockets },
): Promise<Listening> => {
  const { webSockets } = options;
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Any other protocol's upgrade is declined by going on in HTTP/1.1.
    shouldUpgradeCallback: ({ headers }) =>
      webSockets !== undefined && headers.upgrade?.toLowerCase() === 'websocket',
  });
  const upgraded = new Set<Duplex>();
  server.on('request', (request, response) => {
    // While it stops, clients that keep their connections busy are told to take another.
    if (!server.listening) response.setHeader('connection', 'close');
    listener(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    void webSockets?.upgrade(request, socket, head);
  });
  const url = await listenAt(server, { ...options, advice: 'set HOST or PORT to a free address' });
  return {
    url,
    stop: (graceMs) => {
      webSockets?.close();
      return stop(server, upgraded, graceMs);
    },
  };
};

const stop = (server: Server, upgraded: ReadonlySet<Duplex>, graceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    const cut = setTimeout(() => {
      server.closeAllConnections();
      // To the server, a WebSocket is no connection of its own any more.
      for (const socket of upgraded) socket.destroy();
    }, graceMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cut);
      resolve();
    });
  });
