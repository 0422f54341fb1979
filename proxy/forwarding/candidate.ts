import type { Exchange } from '../exchange.ts';
import type { Route } from '../routing/route-table.ts';
import { Breaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { pathOf } from './canonical-path.ts';
import { tryUpgrade, type UpgradeOutcome } from './carry-upgrade.ts';
import { forwarderTo } from './engine.ts';
import type { ForwardOutcome, Handshake } from './forwarder.ts';
import type { RequestPolicy } from './request-policy.ts';
import type { CandidateSide } from './rescue.ts';
import { TransformedAnswer } from './transformed-answer.ts';
import { Upstream } from './upstream.ts';

const ANSWERED_ERROR: ForwardOutcome = Object.freeze({ kind: 'answered', serverError: true });

/** The new service behind one route, with a breaker of its own. */
export class Candidate implements CandidateSide {
  readonly safe: boolean;
  readonly maxBodyBytes: number;
  readonly idleTimeoutMs: number;
  readonly timeoutMs: number;
  readonly url: URL;
  readonly breaker: Breaker;
  readonly bulkhead: Bulkhead;
  readonly onRescue: (exchange: Exchange) => void;
  /** What makes its answers those that clients know. */
  readonly transform: Route['config']['candidate']['transform'];
  readonly #route: Route;
  readonly #maxSockets: number;
  /** What the control could not answer in its place is answered as it is. */
  readonly #holdsServerErrors = () => this.safe && !this.bulkhead.full;
  #inFlight = 0;
  readonly #upstream: Upstream;

  constructor(options: {
    route: Route;
    policy: RequestPolicy;
    idleTimeoutMs: number;
    onRescue: (exchange: Exchange) => void;
  }) {
    const { route, policy, idleTimeoutMs } = options;
    const { candidate, safe, maxBodyBytes, rescue } = route.config;
    const { timeoutMs, maxSockets } = candidate;
    const url = new URL(candidate.url);
    this.safe = safe;
    this.maxBodyBytes = maxBodyBytes;
    this.idleTimeoutMs = idleTimeoutMs;
    this.timeoutMs = timeoutMs;
    this.url = url;
    this.breaker = new Breaker(candidate.breaker);
    this.bulkhead = new Bulkhead(rescue.maxAtOnce);
    this.onRescue = options.onRescue;
    this.transform = candidate.transform;
    this.#route = route;
    this.#maxSockets = maxSockets;
    const forwarder = forwarderTo(candidate, { url, timeoutMs, maxSockets, idleTimeoutMs });
    this.#upstream = new Upstream({ forwarder, url, policy });
  }

  /** Whether one more request has to wait for a connection. */
  get full(): boolean {
    return this.#inFlight >= this.#maxSockets;
  }

  /** Path and query of a request on the candidate. */
  targetOf({ target, decision }: Pick<Exchange, 'target' | 'decision'>): string {
    const path = pathOf(target);
    const onCandidate = this.#route.candidatePath(path, decision.match?.params ?? {});
    return onCandidate + target.slice(path.length);
  }

  async forward(exchange: Exchange): Promise<ForwardOutcome> {
    this.#inFlight++;
    let holds = true;
    const release = () => {
      if (holds) this.#inFlight--;
      holds = false;
    };
    // An answer holds its connection to its end.
    exchange.res.on('close', release);
    const outcome = await this.#send(exchange);
    if (outcome.kind === 'failed') release();
    // An error that nobody could rescue is a failure to the breaker all the same.
    return outcome.kind === 'answered' && this.safe && exchange.res.statusCode >= 500
      ? ANSWERED_ERROR
      : outcome;
  }

  #send(exchange: Exchange): Promise<ForwardOutcome> {
    const options = {
      path: this.targetOf(exchange),
      holdsServerErrors: this.#holdsServerErrors,
      repeatable: this.safe,
    };
    const { transform, timeoutMs } = this;
    if (!transform) return this.#upstream.forward(exchange, options);
    const { answer, maxBytes } = transform;
    const sink = new TransformedAnswer(exchange, { transform: answer, maxBytes, timeoutMs });
    return this.#upstream
      .forward(exchange, { ...options, sink })
      .then((outcome) => (outcome.kind === 'answered' ? sink.outcome : outcome));
  }

  /** Carries a WebSocket, unless it fails or declines: then nothing has reached the client. */
  upgrade(handshake: Handshake, asked: Pick<Exchange, 'target' | 'decision'>): Promise<UpgradeOutcome> {
    return tryUpgrade(this.#upstream.upgradeRequest(handshake, this.targetOf(asked)), this);
  }

  close(): void {
    this.#upstream.close();
  }
}
