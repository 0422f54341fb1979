import type { EngineOptions } from './engine-config.ts';
import type { Forwarder } from './forwarder.ts';
import { HpmForwarder, type HpmForwarderOptions } from './hpm-forwarder.ts';
import { UndiciForwarder } from './undici-forwarder.ts';

/** Makes the forwarder of one upstream. */
export const forwarderTo = (
  { engine, httpProxyMiddleware: middleware }: EngineOptions,
  options: Omit<HpmForwarderOptions, 'middleware'>,
): Forwarder =>
  engine === 'undici' ? new UndiciForwarder(options) : new HpmForwarder({ ...options, middleware });
