import { buildConnector, Client } from 'undici';
import type { UndiciAttempt } from './undici-attempt.ts';
import { UploadBody } from './upload-body.ts';

export interface ConnectionsOptions {
  readonly url: URL;
  /** How many there may be at once; more requests wait. */
  readonly maxSockets: number;
  /** Until a connection is made. */
  readonly timeoutMs: number;
  /** The longest silence of a connection, idle or not. */
  readonly idleTimeoutMs: number;
}

/** One connection to an upstream, which carries one request at a time and is made again when it was lost. */
export class Connection {
  /** Whether the present connection has carried a request already, so that it may be stale. */
  used = false;
  readonly #newClient: () => Client;
  readonly #onFree: (connection: Connection) => void;
  #client: Client;

  constructor(options: { newClient: () => Client; onFree: (connection: Connection) => void }) {
    this.#newClient = options.newClient;
    this.#onFree = options.onFree;
    this.#client = this.#made();
  }

  carry(attempt: UndiciAttempt): void {
    attempt.carriedBy(this);
    const { req, path, headers, body } = attempt.request;
    const method = req.method ?? 'GET';
    this.#client.dispatch(
      {
        path,
        method: method as 'GET',
        headers: headers as string[],
        body: body === 'none' ? null : body === 'stream' ? new UploadBody(req) : body,
        blocking: false,
        // Undici would close the connection after a HEAD, for servers that answer it with a body.
        ...(method === 'HEAD' ? KEPT : NOTHING),
      },
      attempt,
    );
  }

  /** Its request is over; it may carry another. */
  release(): void {
    this.used = true;
    this.#onFree(this);
  }

  /** Ends the connection, and with it the request that waits for it to be made. */
  cut(reason: Error): void {
    const client = this.#client;
    this.#client = this.#made();
    void client.destroy(reason);
  }

  close(): void {
    if (!this.#client.closed) void this.#client.close();
  }

  #made(): Client {
    const client = this.#newClient();
    client.on('disconnect', () => {
      if (client === this.#client) this.used = false;
    });
    return client;
  }
}

const KEPT = { reset: false };
const NOTHING = {};

/** The connections to one upstream. The one that was used last is used first, so that those beyond need fall idle. */
export class Connections {
  readonly #maxSockets: number;
  readonly #newClient: () => Client;
  readonly #all: Connection[] = [];
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<UndiciAttempt>();

  constructor({ url, maxSockets, timeoutMs, idleTimeoutMs }: ConnectionsOptions) {
    this.#maxSockets = maxSockets;
    // One for all, so that TLS sessions are resumed.
    const connect = buildConnector({ timeout: timeoutMs, allowH2: false });
    this.#newClient = () =>
      new Client(url.origin, {
        connect,
        // With one at a time, as here, this only spares a turn of the loop that undici else waits before it goes on;
        // it still lets a turn pass before a connection that was idle is used.
        pipelining: 2,
        allowH2: false,
        // Deadlines of heads are the attempt's own.
        headersTimeout: 0,
        bodyTimeout: idleTimeoutMs,
        keepAliveTimeout: idleTimeoutMs,
        keepAliveMaxTimeout: idleTimeoutMs,
      });
  }

  /** Sends an attempt's request on a connection, as soon as there is one. */
  send(attempt: UndiciAttempt): void {
    const connection = this.#idle.pop() ?? this.#another();
    if (connection) connection.carry(attempt);
    else this.#waiting.add(attempt);
  }

  /** Forgets an attempt that waits for a connection. */
  forget(attempt: UndiciAttempt): void {
    this.#waiting.delete(attempt);
  }

  /** Closes what is idle, and the others as their requests end. */
  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #another(): Connection | undefined {
    if (this.#all.length >= this.#maxSockets) return undefined;
    const onFree = (free: Connection) => this.#free(free);
    const connection = new Connection({ newClient: this.#newClient, onFree });
    this.#all.push(connection);
    return connection;
  }

  #free(connection: Connection): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#idle.push(connection);
      return;
    }
    this.#waiting.delete(next);
    // After undici has done with the answer before: it may close the connection with it.
    queueMicrotask(() => {
      if (next.over) this.#free(connection);
      else connection.carry(next);
    });
  }
}
