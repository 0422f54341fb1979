import { createServer } from 'node:http';
import { type Clock, pause } from '../core/index.ts';
import { listen } from '../core/listen.ts';
import { type AdminAppOptions, adminApp } from './admin-app.ts';

/** For requests that are under way when the server stops. */
const LINGER_MS = 1_000;

export interface AdminServerOptions extends Omit<AdminAppOptions, 'stopped'> {
  readonly clock: Clock;
  readonly listen: { readonly host: string; readonly port: number };
}

/** An admin server that runs. */
export interface RunningAdminServer {
  /** `http://127.0.0.1:9091` */
  readonly address: string;
  /** Stops listening, ends live views, and lets requests that are under way end. */
  close(): Promise<void>;
}

/** @throws UsageError when the address is taken. */
export const startAdminServer = async (options: AdminServerOptions): Promise<RunningAdminServer> => {
  const stop = new AbortController();
  const server = createServer(adminApp({ ...options, stopped: stop.signal }));
  // Nobody who sends a request byte by byte holds a connection for longer.
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  const advice = 'give --port another one, or 0 for a free one';
  const address = await listen(server, { ...options.listen, advice });
  const close = async () => {
    const closed = new Promise<void>((done) => server.close(() => done()));
    stop.abort();
    const ended = new AbortController();
    await Promise.race([closed, pause(options.clock, LINGER_MS, ended.signal)]);
    ended.abort();
    server.closeAllConnections();
    await closed;
  };
  return { address, close };
};
