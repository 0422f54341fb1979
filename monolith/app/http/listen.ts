import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Longer than a proxy in front keeps a connection for reuse, so that it never sends into one being closed. */
const KEEP_ALIVE_MS = 75_000;

export interface Listening {
  readonly url: string;
  /** Takes no new connection, lets requests under way end for `graceMs`, then cuts what is left. */
  stop(graceMs: number): Promise<void>;
}

/** Serves `listener`; port 0 takes a free one. Rejects when the address cannot be had. */
export const listen = async (
  listener: RequestListener,
  options: { host: string; port: number },
): Promise<Listening> => {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    stop: (graceMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
      }),
  };
};
