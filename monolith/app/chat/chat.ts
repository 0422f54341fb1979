import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { refusalOf } from '../http/error-handler.ts';
import { invalid, notFound, unauthenticated } from '../http/http-error.ts';
import { lines, validated } from '../http/validate.ts';
import type { Parts } from '../parts.ts';
import { sessionOfToken, tokenOf } from '../sessions/authenticate.ts';

const PATH = '/chat';
/** Browsers can name no header of a WebSocket but its protocols: the token comes as one of them. */
const PROTOCOL = 'chat';
const TOKEN_PROTOCOL = 'bearer.';
const MAX_MESSAGE_BYTES = 4_096;
/** A reader so far behind is cut off, or its messages would fill our memory. */
const MAX_UNREAD_BYTES = 1_048_576;
const BEAT_MS = 30_000;
/** RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

const messageSchema = z.strictObject({ text: lines({ min: 1, max: 500 }) });

/** One room, in which everybody who is signed in hears what anybody says; nothing of it is kept. */
export class Chat {
  readonly #parts: Parts;
  readonly #sockets: WebSocketServer;
  readonly #answered = new WeakSet<WebSocket>();
  readonly #beat: NodeJS.Timeout;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols: (offered) => offered.has(PROTOCOL) && PROTOCOL,
    });
    this.#beat = setInterval(() => this.#dropSilent(), BEAT_MS);
    this.#beat.unref();
  }

  /** Opens the WebSocket that a request asks for, or answers why not. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.once('error', () => socket.destroy());
    try {
      if (request.url?.split('?', 1)[0] !== PATH) throw notFound('there is no WebSocket here');
      const token = tokenOf(request.headers.authorization) ?? offeredToken(request);
      if (!token) throw unauthenticated();
      await sessionOfToken(this.#parts, token);
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#join(opened, token));
    } catch (thrown) {
      refuse(socket, refusalOf(thrown));
    }
  }

  /** Tells everybody that we go. */
  close(): void {
    clearInterval(this.#beat);
    for (const socket of this.#sockets.clients) socket.close(GOING_AWAY, 'the server stops');
  }

  #join(socket: WebSocket, token: string): void {
    this.#answered.add(socket);
    socket.on('pong', () => this.#answered.add(socket));
    // What a client sends against the protocol closes its socket, and nothing else.
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      this.#hear(data, token).catch((thrown) => this.#tell(socket, thrown));
    });
  }

  /** A message is let in like a request: by a session that is alive now. */
  async #hear(data: RawData, token: string): Promise<void> {
    const { userId } = await sessionOfToken(this.#parts, token);
    const { text } = validated(messageSchema, jsonOf(data), 'message');
    const said = JSON.stringify({ from: userId.toHexString(), text, atMs: this.#parts.clock.nowMs() });
    for (const listener of this.#sockets.clients) {
      if (listener.bufferedAmount > MAX_UNREAD_BYTES) listener.terminate();
      else listener.send(said);
    }
  }

  #tell(socket: WebSocket, thrown: unknown): void {
    const { status, code, message } = refusalOf(thrown);
    if (status >= 500) this.#parts.logger.error({ err: thrown, path: PATH });
    socket.send(JSON.stringify({ error: { code, message } }));
    if (status === 401) socket.close(POLICY_VIOLATION, code);
  }

  #dropSilent(): void {
    for (const socket of this.#sockets.clients) {
      if (this.#answered.delete(socket)) socket.ping();
      else socket.terminate();
    }
  }
}

const offeredToken = ({ headers }: IncomingMessage): string | undefined => {
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  const named = offered?.find((name) => name.startsWith(TOKEN_PROTOCOL));
  return named && tokenOf(`Bearer ${named.slice(TOKEN_PROTOCOL.length)}`);
};

const jsonOf = (data: RawData): unknown => {
  try {
    return JSON.parse(String(data));
  } catch {
    throw invalid('message: is not JSON');
  }
};

const refuse = (socket: Duplex, { status, code, message }: ReturnType<typeof refusalOf>): void => {
  const body = JSON.stringify({ error: { code, message } });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(status === 401 ? ['www-authenticate: Bearer'] : []),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};
