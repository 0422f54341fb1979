import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from './errors.ts';

export interface ListenOptions {
  readonly host: string;
  /** Required. 0 takes a free one. */
  readonly port: number;
  /** Required. What a person does about an address that cannot be had: `choose another port`. */
  readonly advice: string;
}

/** What a system error says of an address. */
const WHY: { readonly [code: string]: string } = {
  EADDRINUSE: 'is taken',
  EACCES: 'may not be used',
  EADDRNOTAVAIL: 'is not an address here',
  ENOTFOUND: 'is not an address here',
};

/**
 * Starts listening and answers the address as a URL.
 * @throws UsageError, with the advice, when the address is taken or may not be used.
 */
export const listen = async (server: Server, options: ListenOptions): Promise<string> => {
  const { host, port, advice } = options;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const why = WHY[String((cause as NodeJS.ErrnoException).code)];
    if (why === undefined) throw cause;
    throw new UsageError(`${host}:${port} ${why}: ${advice}`, { cause });
  }
  const { address, family, port: taken } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
};
