import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A door in front of an HTTP endpoint, which can be shut: connections break, and new ones are refused. */
export interface Door {
  /** The door's own, which stays. */
  readonly endpoint: string;
  shut(): Promise<void>;
  /** Opens it again, to where it led or to another endpoint. */
  reopen(endpoint?: string): Promise<void>;
}

export const openDoor = async (endpoint: string): Promise<Door> => {
  let behind = new URL(endpoint);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((client) => {
    const upstream = connect(Number(behind.port), behind.hostname);
    keep(client);
    keep(upstream);
    client.pipe(upstream).pipe(client);
    // Nobody waits for an answer that cannot come.
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  const shut = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    endpoint: `http://127.0.0.1:${own}`,
    shut,
    reopen: async (other = behind.href): Promise<void> => {
      behind = new URL(other);
      server.listen(own, '127.0.0.1');
      await once(server, 'listening');
    },
  };
};
