import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Figure, measured } from '../figure.ts';
import { startBanyan } from './contenders.ts';
import { residentMib } from './processor-time.ts';

const HANDSHAKE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** What open WebSockets take that nobody uses. */
export const socketFigures = async (sockets: number): Promise<Figure[]> => {
  const upstream = createServer().listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const held: Duplex[] = [];
  upstream.on('upgrade', (_req, socket: Duplex) => {
    held.push(socket);
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  });
  const { port } = upstream.address() as AddressInfo;
  const banyan = await startBanyan({ control: port, candidate: port });
  const clients: Socket[] = [];
  try {
    const open = async () => {
      const socket = connect(banyan.port, '127.0.0.1');
      clients.push(socket);
      socket.write(`GET /chat HTTP/1.1\r\nHost: a\r\n${HANDSHAKE}`);
      const [first] = (await once(socket, 'data')) as [Buffer];
      if (!first.toString().startsWith('HTTP/1.1 101')) throw new Error(`no WebSocket: ${first.toString()}`);
    };
    await open();
    const before = residentMib(banyan.pid);
    for (let at = 0; at < sockets; at += 50) await Promise.all(Array.from({ length: 50 }, open));
    await delay(1_000);
    const values = [residentMib(banyan.pid) - before];
    return [measured({ figure: `${sockets} idle WebSockets`, unit: 'MiB', values, goal: { atMost: 60 } })];
  } finally {
    for (const socket of [...clients, ...held]) socket.destroy();
    upstream.close();
    await banyan.stop();
  }
};
