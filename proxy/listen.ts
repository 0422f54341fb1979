import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../services/core/index.ts';
import { errorCodeOf } from './error-code.ts';

/**
 * Starts listening and answers the address as a URL.
 * @throws UsageError when the port is taken or may not be used.
 */
export const listen = async (server: Server, at: { host: string; port: number }): Promise<string> => {
  try {
    server.listen(at.port, at.host);
    await once(server, 'listening');
  } catch (cause) {
    const why = {
      EADDRINUSE: 'is taken',
      EACCES: 'may not be used',
      EADDRNOTAVAIL: 'is not an address here',
    }[errorCodeOf(cause)];
    if (why === undefined) throw cause;
    throw new UsageError(`${at.host}:${at.port} ${why}: choose another port or address`, { cause });
  }
  const { address, port } = server.address() as AddressInfo;
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
};
