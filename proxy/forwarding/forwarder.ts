import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HeaderList } from './header-list.ts';
import type { AnswerMarks } from './response-policy.ts';

/** One request on its way to one upstream. */
export interface ForwardRequest {
  /** The client's own request, of which nothing is changed, and the answer it waits for. */
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Path and query on the upstream. */
  readonly path: string;
  /** With Host, and with Content-Length where the length is known; other framing is the forwarder's. */
  readonly headers: HeaderList;
  /** `stream`: the client's, as it arrives. A buffer can be sent again. */
  readonly body: 'none' | 'stream' | Buffer;
  /** Whether a 5xx is a failure and not an answer, asked when there is one: then nothing of it reaches the client. */
  readonly holdsServerErrors: () => boolean;
}

/** The head of an upstream's answer, as it came. */
export interface AnswerHead {
  readonly status: number;
  readonly statusText: string;
  readonly rawHeaders: HeaderList;
}

/** An upstream whose answer is on its way. */
export interface Upstreaming {
  /** Lets go of it: nobody wants the rest. */
  stop(): void;
}

/** Where an upstream's answer goes. */
export interface AnswerSink {
  /** Takes the answer's head. @throws Error when it is of no use: then the upstream has failed. */
  answer(head: AnswerHead, upstream: Upstreaming): void;
  /** Writes a piece of the body; false when the client is slower: its response's `drain` says when to go on. */
  write(chunk: Buffer): boolean;
  /** The answer is whole. */
  end(rawTrailers: HeaderList): void;
  /** The upstream broke off within its answer. */
  broke(): void;
}

/** How an upstream failed before its answer began; `transform`: nothing could be made of it. */
export type Failure = 'connect' | 'reset' | 'timeout' | 'status' | 'transform';

/**
 * `answered`: the head has reached the client; `serverError` says that it is one of a side that failed. `failed`: nothing has. `aborted`: the client went away first.
 * `staleConnection` says that a kept connection broke without an answer, which may be no fault of the upstream.
 */
export type ForwardOutcome =
  | { readonly kind: 'answered'; readonly serverError?: boolean }
  | { readonly kind: 'aborted' }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly reason: string;
      readonly staleConnection: boolean;
    };

/** A WebSocket that a client asks for. */
export interface Handshake {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  /** What came after the handshake already. */
  readonly head: Buffer;
  /** What is added to the answer. */
  readonly marks: AnswerMarks;
  /** Called once the handshake is over, however it went. */
  readonly onSettled: () => void;
}

/** A WebSocket on its way to one upstream; `headers` and `path` replace the request's own. */
export interface UpgradeRequest extends Handshake {
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
}

/** Carries requests to one upstream. */
export interface Forwarder {
  /** Resolves when the answer's head has gone to the client, or when it is sure that none will. Never rejects. */
  forward(request: ForwardRequest, sink: AnswerSink): Promise<ForwardOutcome>;
  /** Carries a WebSocket, or answers 502 on its socket. */
  upgrade(request: UpgradeRequest): void;
  /** Closes idle connections; those in use end with their requests. */
  close(): void;
}
