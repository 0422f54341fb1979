import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Clock } from '../services/core/index.ts';
import type { ControlStore } from '../services/store/control-store.ts';
import { Exchange } from './exchange.ts';
import { Candidate } from './forwarding/candidate.ts';
import { pathOf } from './forwarding/canonical-path.ts';
import { answerForceLink } from './forwarding/force-link.ts';
import type { Handshake } from './forwarding/forwarder.ts';
import { bodyOf, peekBody } from './forwarding/request-body.ts';
import type { RequestPolicy } from './forwarding/request-policy.ts';
import { type ControlSide, serveByCandidate } from './forwarding/rescue.ts';
import { serveUpgrade } from './forwarding/serve-upgrade.ts';
import { trustedProxies } from './forwarding/trusted-proxies.ts';
import { AccessLog } from './metrics/access-log.ts';
import { NO_ROUTE, ProxyMetrics } from './metrics/proxy-metrics.ts';
import { CanaryRouter, type Decision, isSteered } from './routing/canary-router.ts';
import { setCookieOf } from './routing/cookie-header.ts';
import { OperatorPins } from './routing/operator-pins.ts';
import type { ProxyConfig } from './routing/proxy-config.ts';
import { RescuePins } from './routing/rescue-pins.ts';
import { RouteTable } from './routing/route-table.ts';
import { Signer } from './routing/signer.ts';
import { Testers } from './routing/testers.ts';
import { NO_WEIGHT, Weights } from './routing/weights.ts';
import { Mirror } from './shadow/mirror.ts';

/** What of the configuration a canary needs; where to listen and where the control is are its host's matter. */
export type CanaryConfig = Omit<ProxyConfig, 'listen' | 'admin' | 'control' | 'drainMs' | 'ramps'>;

export interface CanaryOptions {
  readonly config: CanaryConfig;
  readonly controlStore: ControlStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The canary of a set of routes: decides, lets the decided side answer, rescues, and counts. */
export class Canary {
  readonly weights: Weights;
  readonly metrics: ProxyMetrics;
  readonly routes: readonly string[];
  readonly pins: OperatorPins;
  readonly rescuePins: RescuePins;
  readonly policy: RequestPolicy;
  readonly mirror: Mirror;
  readonly #config: CanaryConfig;
  readonly #accessLog: AccessLog;
  readonly #router: CanaryRouter;
  readonly #signer: Signer;
  readonly #clock: Clock;
  readonly #cohortDials: readonly { readonly route: string; readonly dial: string }[];
  readonly #candidates: ReadonlyMap<string, Candidate>;
  readonly #onTurn = () => this.#countEnded();
  #ended: Exchange[] = [];

  constructor({ config, controlStore, clock, log }: CanaryOptions) {
    const table = new RouteTable(config.routes);
    const cookieName = config.cookie.name;
    this.#config = config;
    this.#accessLog = new AccessLog(log);
    this.routes = table.routes.map((route) => route.name);
    this.policy = { cookieName, isTrusted: trustedProxies(config.trustedProxies) };
    const { policy } = this;
    const { idleTimeoutMs } = config;
    const onRescue = (exchange: Exchange) => {
      exchange.pinCookie = this.#pin(exchange.decision);
    };
    this.#candidates = new Map(
      table.routes.map((route) => [route.name, new Candidate({ route, policy, idleTimeoutMs, onRescue })]),
    );
    // A reading that is later would keep this instance from following the dial.
    const timeoutMs = Math.max(1_000, config.pollMs);
    this.#cohortDials = table.routes.flatMap(({ name, cohorts }) =>
      cohorts.map(({ dial }) => ({ route: name, dial })),
    );
    const dials = [...this.routes, ...this.#cohortDials.map(({ dial }) => dial)];
    this.weights = new Weights({ store: controlStore, dials, clock, timeoutMs });
    this.pins = new OperatorPins({ store: controlStore, clock, timeoutMs });
    const signer = new Signer(config.secrets);
    this.#signer = signer;
    this.#clock = clock;
    const nowMs = () => clock.nowMs();
    this.rescuePins = new RescuePins({ signer, cookie: config.cookie, nowMs });
    this.#router = new CanaryRouter({
      table,
      cookieName,
      weights: this.weights,
      testers: new Testers({ signer, cookieName, values: config.testers, nowMs }),
      pins: this.pins,
      rescued: this.rescuePins,
    });
    this.metrics = new ProxyMetrics({
      routes: this.routes,
      dials: () => this.dials,
      inForce: (route) => this.weights.inForce(route),
      rescuedUsers: (route) => this.rescuePins.remembered(route),
      breakerOf: (route) => this.#candidates.get(route)?.breaker.state ?? 'closed',
      shadowOf: (route) => this.mirror.totals(route),
      storeAway: () => this.storeAwayBecause !== undefined,
      nowMs,
      settle: () => this.#countEnded(),
    });
    this.mirror = new Mirror({
      routes: table.routes,
      candidateOf: (route) => this.#candidates.get(route),
      policy,
      nowMs,
      random: Math.random,
      onResult: (route, result, fields) => this.metrics.shadowed(route, result, fields),
    });
  }

  /** The dials that are in force: the routes', and those of cohorts whose weight was set. */
  get dials(): string[] {
    const own = this.#cohortDials.filter(({ route, dial }) => this.weights.governing(route, dial) === dial);
    return [...this.routes, ...own.map(({ dial }) => dial)];
  }

  /** Why the control store did not answer the last time; `undefined` when it did. */
  get storeAwayBecause(): string | undefined {
    return this.weights.awayBecause ?? this.pins.awayBecause;
  }

  /** Reads what operators set, once. It never throws: a store that is away is a state. */
  async refresh(): Promise<void> {
    await Promise.all([this.weights.refresh(), this.pins.refresh()]);
  }

  /** Answers one request whose target is canonical; `control` is asked for what is not the candidate's. */
  serve(
    req: IncomingMessage,
    res: ServerResponse,
    target: string,
    control: ControlSide,
  ): void | Promise<void> {
    const { cookie } = this.#config;
    if (answerForceLink(res, target, { signer: this.#signer, cookie, nowMs: this.#clock.nowMs() })) return;
    const decision = this.#router.decide(req.method ?? 'GET', pathOf(target), req.headers);
    const body = bodyOf(req);
    const exchange = new Exchange({
      req,
      res,
      target,
      decision,
      weight: decision.weight ?? NO_WEIGHT,
      body: body ?? 'stream',
      cookie,
      controlAddress: control.address,
    });
    res.on('close', () => this.#closed(exchange));
    const candidate = this.#candidates.get(decision.match?.route.name ?? '');
    this.mirror.choose(exchange, control.address);
    if (!candidate || decision.side === 'control')
      return candidate && exchange.mirrored && exchange.body === 'stream'
        ? serveOnceRead(exchange, candidate, control)
        : control.serve(exchange);
    if (body === undefined) {
      // A body parser ate it, and only the control, mounted in the same process, can still have it.
      exchange.toControl('body-read');
      return control.serve(exchange);
    }
    if (candidate.full && !isSteered(decision.why)) this.metrics.saturated(decision.dial ?? '');
    return serveByCandidate(exchange, candidate, control);
  }

  /** Hands a WebSocket whose target is canonical to the side that its user is on. */
  upgrade(
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    control: { upgrade(handshake: Handshake): void },
  ): void {
    const target = req.url ?? '/';
    const decision = this.#router.decide('GET', pathOf(target), req.headers);
    const { match, why, dial: route = NO_ROUTE } = decision;
    const { cookie, accessLog } = this.#config;
    const setCookies = decision.issueKey === undefined ? [] : [setCookieOf(decision.issueKey, cookie)];
    serveUpgrade({
      handshake: { req, socket, head },
      asked: { target, decision },
      marks: { why: isSteered(why) ? why : undefined, setCookies },
      candidate: this.#candidates.get(match?.route.name ?? ''),
      control,
      onRescue: (decided) => void this.#pin(decided),
    }).then(
      ({ side, why: because, candidateFailure }) => {
        this.metrics.upgraded(route, side, because);
        if (accessLog) this.#accessLog.upgraded({ route, side, why: because, candidateFailure });
      },
      // A socket that nobody serves would hang.
      () => socket.destroy(),
    );
  }

  /** Counts and logs what has ended. */
  #countEnded(): void {
    const ended = this.#ended;
    this.#ended = [];
    for (const exchange of ended) {
      const { outcome, durationMs } = exchange;
      this.metrics.ended(exchange, outcome, durationMs);
      if (this.#config.accessLog) this.#accessLog.ended(exchange, outcome, durationMs);
    }
  }

  /** Lets go of the candidates' connections. */
  close(): void {
    this.#countEnded();
    this.mirror.close();
    for (const candidate of this.#candidates.values()) candidate.close();
  }

  /** The candidate has failed a user: he stays with the control for a while, unless somebody chose his side. */
  #pin({ why, match, key }: Decision): string | undefined {
    if (!match || key === undefined || why === 'forced' || why === 'pinned') return undefined;
    const { pinMs } = match.route.config.rescue;
    return pinMs > 0 ? this.rescuePins.pin(match.route.name, key, pinMs) : undefined;
  }

  #closed(exchange: Exchange): void {
    // Bytes that were put back would keep the connection from its next request.
    if (Buffer.isBuffer(exchange.body)) exchange.req.resume();
    exchange.ended();
    this.mirror.answered(exchange);
    // Together with the others of this turn: the same few lines run warm for all, where alone each would run cold.
    if (this.#ended.push(exchange) === 1) setImmediate(this.#onTurn);
  }
}

/** The control answers, once the body that the candidate is to get as well is here. */
const serveOnceRead = async (
  exchange: Exchange,
  { maxBodyBytes, idleTimeoutMs }: Candidate,
  control: ControlSide,
): Promise<void> => {
  const peeked = await peekBody(exchange.req, { maxBytes: maxBodyBytes, idleTimeoutMs });
  if (peeked === 'aborted') return;
  if (peeked === 'too-large') exchange.mirrored = undefined;
  else exchange.body = peeked;
  await control.serve(exchange);
};
