import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Side } from '../routing/canary-router.ts';
import { SIDE_HEADER } from './response-policy.ts';

/** An error of the proxy's own, as the client reads it. */
export interface ErrorAnswer {
  readonly status: number;
  /** Kebab-case, for programs. */
  readonly code: string;
  readonly message: string;
  readonly side?: Side;
  /** Whether the connection ends, since the rest of the request will not be read. */
  readonly close?: boolean;
}

/** Answers with `{ error: { code, message } }`; an answer that has begun is broken off instead. */
export const answerError = (res: ServerResponse, error: ErrorAnswer): void => {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const body = bodyOf(error.code, error.message);
  res.writeHead(error.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(error.side ? { [SIDE_HEADER]: error.side } : {}),
    ...(error.close ? { connection: 'close' } : {}),
  });
  res.end(body);
};

/** The same on a socket without a response: a WebSocket that could not be made. */
export const endSocket = (socket: Duplex, status: number, code: string, message: string): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = bodyOf(code, message);
  socket.end(
    `HTTP/1.1 ${status} ${message}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
};

const bodyOf = (code: string, message: string): string => JSON.stringify({ error: { code, message } });
