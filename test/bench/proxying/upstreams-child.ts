import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { aborted, serveParent } from '../child.ts';
import { END_OF_BODY } from './load.ts';

/** Where the two sides listen. */
export interface Upstreams {
  readonly pid: number;
  readonly control: number;
  readonly candidate: number;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** A kibibyte of JSON. */
const bodyOf = (side: string): string => {
  const start = `{"from":"${side}","padding":"`;
  const end = `",${END_OF_BODY}`;
  return start + 'x'.repeat(1_024 - start.length - end.length) + end;
};

const answerOf = (side: string): Buffer => {
  const body = bodyOf(side);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\nX-Powered-By: Express\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${body.length}\r\nETag: W/"400-bench"\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n` +
      `Connection: keep-alive\r\nKeep-Alive: timeout=75\r\n\r\n${body}`,
  );
};

/**
 * Both sides, on bare sockets: they answer every request without a body at once, and take as little time as they can,
 * since what they take the proxies cannot have.
 */
await serveParent<null, Upstreams, null>(async (_, parent) => {
  const listen = async (side: string): Promise<number> => {
    const answer = answerOf(side);
    const server = createServer((socket: Socket) => {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        for (let at = chunk.indexOf(END_OF_HEAD); at >= 0; at = chunk.indexOf(END_OF_HEAD, at + 4))
          socket.write(answer);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  await parent.ready({
    pid: process.pid,
    control: await listen('control'),
    candidate: await listen('candidate'),
  });
  await aborted(parent.stop);
  return null;
});
