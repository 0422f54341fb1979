import type { ConnectionsOptions } from './connections.ts';
import type { Forwarder } from './forwarder.ts';
import { HpmForwarder } from './hpm-forwarder.ts';
import { UndiciForwarder } from './undici-forwarder.ts';

/** What carries requests to an upstream. */
export type Engine = 'undici' | 'http-proxy-middleware';

/** Makes the forwarder of one upstream. */
export const forwarderTo = ({ engine, ...options }: ConnectionsOptions & { engine: Engine }): Forwarder =>
  engine === 'undici' ? new UndiciForwarder(options) : new HpmForwarder(options);
