import { request as httpRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endSocket } from './error-answer.ts';
import type { UpgradeRequest } from './forwarder.ts';
import { SIDE_HEADER, switchingHeaders } from './response-policy.ts';

/** Carries a WebSocket to an upstream: its handshake by Node's client, and then every byte both ways. */
export const carryUpgrade = (
  { req, socket, head, path, headers }: UpgradeRequest,
  { url, timeoutMs }: { readonly url: URL; readonly timeoutMs: number },
): void => {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const sent = send(url.origin, { method: req.method, path, headers, agent: false });
  const deadline = setTimeout(() => {
    endSocket(socket, 504, 'gateway-timeout', 'The control did not answer in time.');
    sent.destroy();
  }, timeoutMs);
  const settled = () => clearTimeout(deadline);
  socket.once('close', () => {
    settled();
    sent.destroy();
  });
  socket.on('error', () => sent.destroy());
  sent.once('upgrade', (upstream, upstreamSocket, upstreamHead) => {
    settled();
    socket.write(headOf(upstream, switchingHeaders(upstream)));
    upstreamSocket.write(head);
    socket.write(upstreamHead);
    join(socket, upstreamSocket);
  });
  sent.once('response', (upstream) => {
    settled();
    const answer = { ...upstream.headers, [SIDE_HEADER]: 'control', connection: 'close' };
    socket.write(headOf(upstream, { ...answer, 'transfer-encoding': undefined, 'keep-alive': undefined }));
    upstream.pipe(socket);
  });
  sent.once('error', () => {
    settled();
    endSocket(socket, 502, 'bad-gateway', 'The control did not answer.');
  });
  sent.end();
};

/** What one sends the other gets, and when one is gone the other goes. */
const join = (client: Duplex, upstream: Duplex): void => {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    if (from instanceof Socket) {
      from.setTimeout(0);
      from.setNoDelay(true);
      from.setKeepAlive(true, 0);
    }
    from.on('error', () => to.destroy());
    from.once('close', () => (to instanceof Socket ? to.destroySoon() : to.destroy()));
    from.pipe(to);
  }
};

const headOf = (
  { statusCode = 502, statusMessage }: IncomingMessage,
  headers: { readonly [name: string]: string | string[] | undefined },
): string => {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((each) => `${name}: ${each}\r\n`),
  );
  return `HTTP/1.1 ${statusCode} ${statusMessage || STATUS_CODES[statusCode]}\r\n${lines.join('')}\r\n`;
};
