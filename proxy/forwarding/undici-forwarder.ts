import { carryUpgrade } from './carry-upgrade.ts';
import { Connections, type ConnectionsOptions } from './connections.ts';
import type { AnswerSink, Forwarder, ForwardOutcome, ForwardRequest, UpgradeRequest } from './forwarder.ts';
import { UndiciAttempt } from './undici-attempt.ts';

/**
 * The fast forwarder: undici's dispatch, with headers as flat lists both ways, and connections and deadlines of our
 * own. It has no hooks.
 */
export class UndiciForwarder implements Forwarder {
  readonly #options: ConnectionsOptions;
  readonly #connections: Connections;
  readonly #onAbandon = (attempt: UndiciAttempt) => this.#connections.forget(attempt);

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#connections = new Connections(options);
  }

  forward(request: ForwardRequest, sink: AnswerSink): Promise<ForwardOutcome> {
    if (request.res.closed) return Promise.resolve({ kind: 'aborted' });
    return new Promise((settle) => {
      const { timeoutMs, idleTimeoutMs } = this.#options;
      const onAbandon = this.#onAbandon;
      this.#connections.send(
        new UndiciAttempt({ request, sink, timeoutMs, idleTimeoutMs, settle, onAbandon }),
      );
    });
  }

  upgrade(request: UpgradeRequest): void {
    carryUpgrade(request, this.#options);
  }

  close(): void {
    this.#connections.close();
  }
}
