import { request as httpRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { messageOf } from '../../services/core/index.ts';
import { errorCodeOf } from '../error-code.ts';
import { CONNECT_CODES } from './attempt.ts';
import { endSocket } from './error-answer.ts';
import type { Failure, ForwardOutcome, UpgradeRequest } from './forwarder.ts';
import { SIDE_HEADER, switchingHeaders } from './response-policy.ts';

/** After which silence the system asks whether a peer is still there: telephones leave without a word. */
const KEEP_ALIVE_MS = 60_000;

/** A handshake that an upstream did not complete, and the answer that it gave instead, if any. */
export interface FailedUpgrade {
  readonly failure: Exclude<Failure, 'transform'>;
  readonly reason: string;
  readonly answer?: IncomingMessage;
}

/** How a handshake went: `declined` by an answer that is neither a 101 nor an error. */
export type UpgradeOutcome = ForwardOutcome | { readonly kind: 'declined'; readonly reason: string };

interface UpgradedUpstream {
  readonly url: URL;
  readonly timeoutMs: number;
  /** How long one side may go on once the other has ended. */
  readonly idleTimeoutMs: number;
}

/** Carries a WebSocket to an upstream: its handshake by Node's client, and then every byte both ways. */
export const carryUpgrade = (request: UpgradeRequest, upstream: UpgradedUpstream): void =>
  shakeHands(request, upstream, {
    switched: request.onSettled,
    failed: (failed) => {
      request.onSettled();
      failed.answer?.setTimeout(upstream.idleTimeoutMs, () => failed.answer?.destroy());
      answerFailed(request, failed);
    },
  });

/** The same, but nothing reaches the client unless the upstream switches: somebody else may still carry it. */
export const tryUpgrade = (request: UpgradeRequest, upstream: UpgradedUpstream): Promise<UpgradeOutcome> =>
  new Promise((settle) => {
    shakeHands(request, upstream, {
      switched: () => settle({ kind: 'answered' }),
      failed: ({ failure, reason, answer }) => {
        answer?.destroy();
        if (request.socket.destroyed) settle({ kind: 'aborted' });
        else if (answer && (answer.statusCode ?? 0) < 500) settle({ kind: 'declined', reason });
        else settle({ kind: 'failed', failure, reason, staleConnection: false });
      },
    });
  });

const shakeHands = (
  { req, socket, head, path, headers, marks }: UpgradeRequest,
  { url, timeoutMs, idleTimeoutMs }: UpgradedUpstream,
  then: { switched: () => void; failed: (failed: FailedUpgrade) => void },
): void => {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const sent = send(url.origin, { method: req.method, path, headers, agent: false });
  let over = false;
  const settle = (how: () => void) => {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    how();
  };
  const deadline = setTimeout(() => {
    settle(() => then.failed({ failure: 'timeout', reason: `no answer within ${timeoutMs} ms` }));
    sent.destroy();
  }, timeoutMs);
  const left = () => sent.destroy();
  socket.once('close', left);
  socket.on('error', left);
  sent.once('upgrade', (upstream, upstreamSocket, upstreamHead) => {
    settle(then.switched);
    socket.write(headOf(upstream, switchingHeaders(upstream, marks)), 'latin1');
    upstreamSocket.write(head);
    socket.write(upstreamHead);
    join(socket, upstreamSocket);
    endTogether(socket, upstreamSocket, idleTimeoutMs);
  });
  sent.once('response', (answer) => {
    const reason = `answered ${answer.statusCode}`;
    settle(() => then.failed({ failure: 'status', reason, answer }));
  });
  sent.on('error', (thrown) => {
    const failure = CONNECT_CODES.has(errorCodeOf(thrown)) ? 'connect' : 'reset';
    settle(() => then.failed({ failure, reason: messageOf(thrown) }));
  });
  sent.end();
};

/** What the upstream answered instead is the answer; else that it gave none. */
const answerFailed = ({ socket, marks }: UpgradeRequest, { failure, answer }: FailedUpgrade): void => {
  if (answer) {
    const headers = { ...answer.headers, [SIDE_HEADER]: marks.side, connection: 'close' };
    const framed = { ...headers, 'transfer-encoding': undefined, 'keep-alive': undefined };
    socket.write(headOf(answer, framed), 'latin1');
    answer.pipe(socket);
    // An answer that broke off ends no pipe: the client would wait for the rest for ever.
    answer.once('close', () => {
      if (!answer.complete) socket.destroy();
    });
  } else if (failure === 'timeout')
    endSocket(socket, 504, 'gateway-timeout', `The ${marks.side} did not answer in time.`);
  else endSocket(socket, 502, 'bad-gateway', `The ${marks.side} did not answer.`);
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
      from.setKeepAlive(true, KEEP_ALIVE_MS);
    }
    from.on('error', () => to.destroy());
    from.once('close', () => (to instanceof Socket ? to.destroySoon() : to.destroy()));
    from.pipe(to);
  }
};

/** When one side has ended, the other has `withinMs` to end too: a half that nobody ends would stay for ever. */
export const endTogether = (client: Duplex, upstream: Duplex, withinMs: number): void => {
  for (const [ended, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    ended.once('end', () => {
      const late = setTimeout(() => {
        ended.destroy();
        other.destroy();
      }, withinMs);
      other.once('close', () => clearTimeout(late));
    });
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
