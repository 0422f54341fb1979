import { createServer, type RequestListener, type Server } from 'node:http';
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

/**
 * Serves `listener`; port 0 takes a free one.
 * @throws UsageError when the address cannot be had.
 */
export const listen = async (
  listener: RequestListener,
  options: { host: string; port: number },
): Promise<Listening> => {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  server.on('request', (request, response) => {
    // While it stops, clients that keep their connections busy are told to take another.
    if (!server.listening) response.setHeader('connection', 'close');
    listener(request, response);
  });
  const url = await listenAt(server, { ...options, advice: 'set HOST or PORT to a free address' });
  return { url, stop: (graceMs) => stop(server, graceMs) };
};

const stop = (server: Server, graceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cut);
      resolve();
    });
  });
