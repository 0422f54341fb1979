import { Duplex } from 'node:stream';
import type { Plugin } from 'http-proxy-middleware';
import { headersNow } from './changed-headers.ts';
import { UpstreamRequest, UpstreamResponse } from './hpm-attempt.ts';
import type { MiddlewareOptions } from './middleware-options.ts';

type Listener = (...args: unknown[]) => void;

/** What a person's hooks and plugins see of the engine: its events, with the client's own request and response. */
class HookedServer {
  readonly #on: (event: string, listener: Listener) => unknown;

  constructor(on: (event: string, listener: Listener) => unknown) {
    this.#on = on;
  }

  on(event: string, listener: Listener): this {
    this.#on(event, (...args) => {
      try {
        listener(...args.map(clients));
      } catch (thrown) {
        // Else it would end the process: an engine's events have nobody above them.
        giveUp(args, thrown);
      }
    });
    return this;
  }

  once(event: string, listener: Listener): this {
    let called = false;
    return this.on(event, (...args) => {
      if (!called) listener(...args);
      called = true;
    });
  }
}

const clients = (arg: unknown): unknown => {
  if (arg instanceof UpstreamRequest) return arg.client.req;
  return arg instanceof UpstreamResponse ? arg.attempt.request.res : arg;
};

const giveUp = (args: readonly unknown[], thrown: unknown): void => {
  for (const arg of args) {
    if (arg instanceof UpstreamResponse) arg.attempt.fail(thrown);
    else if (arg instanceof Duplex) arg.destroy();
  }
};

/** The hooks and plugins of an upstream as plugins of the engine; ours, which write the answer, come after them. */
export const hooksOf = ({ on = {}, plugins }: MiddlewareOptions): Plugin[] => {
  if (plugins.length === 0 && Object.keys(on).length === 0) return [];
  const remember: Plugin = (server) => {
    server.on('proxyRes', (upstream, _req, res: unknown) => {
      if (res instanceof UpstreamResponse) res.attempt.headersBefore = headersNow(upstream);
    });
  };
  const hooked = (plugin: (server: HookedServer, options: Parameters<Plugin>[1]) => void): Plugin => {
    return (server, options) =>
      plugin(new HookedServer((event, listener) => server.on(event as 'start', listener)), options);
  };
  const listening = hooked((server) => {
    for (const [event, listener] of Object.entries(on)) if (listener) server.on(event, listener as Listener);
  });
  const asked = plugins.map((plugin) => hooked((server, options) => plugin(server as never, options)));
  return [remember, listening, ...asked];
};
