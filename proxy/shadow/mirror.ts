import type { Agent, OutgoingHttpHeaders } from 'node:http';
import { messageOf } from '../../services/core/index.ts';
import type { Exchange } from '../exchange.ts';
import { keepAliveAgent } from '../forwarding/agents.ts';
import { isJsonType, transformAnswer } from '../forwarding/answer-transform.ts';
import type { Candidate } from '../forwarding/candidate.ts';
import { headersByName } from '../forwarding/header-list.ts';
import { type RequestPolicy, upstreamHeaders } from '../forwarding/request-policy.ts';
import type { ShadowTotals } from '../metrics/readings.ts';
import { isSteered, type Side } from '../routing/canary-router.ts';
import type { Route } from '../routing/route-table.ts';
import { AnswerCapture } from './answer-capture.ts';
import { askSide, type SideRequest } from './ask-side.ts';
import type { ShadowReport, SkipReason } from './shadow-record.ts';
import { ShadowedRoute, type ShadowResult, type SideAnswer } from './shadowed-route.ts';

/** Tells an upstream that a request is a copy, whose answer nobody gets. */
export const SHADOW_HEADER = 'x-banyan-shadow';
/** Requests that wait at the most; each holds an answer. */
const MAX_QUEUED = 100;
/** Requests that are asked and compared at once. */
const MAX_AT_ONCE = 8;
const CONTROL_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 60_000;
/** Their answers depend on what the client got before, from one side. */
const CONDITIONAL = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'range'];

/** A request that is to be copied: what is known of it before its answer. */
export interface MirroredRequest {
  readonly capture: AnswerCapture;
  readonly shadowed: ShadowedRoute;
  readonly candidate: Candidate;
  /** Absent where the control cannot be asked: then it was the one that answered. */
  readonly control: URL | undefined;
  /** The headers that each side would have got; empty for a control that cannot be asked. */
  readonly headers: { readonly [side in Side]: OutgoingHttpHeaders };
}

export interface MirrorOptions {
  readonly routes: readonly Route[];
  readonly candidateOf: (route: string) => Candidate | undefined;
  readonly policy: RequestPolicy;
  readonly nowMs: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Called with what each copy came to, and the fields that made a mismatch. */
  readonly onResult: (route: string, result: ShadowResult, fields: readonly string[]) => void;
}

/**
 * Sends a share of the safe requests to the other side too, once their answer has gone, and compares. It never
 * makes a client wait: what does not fit its queue is dropped, and counted.
 */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #routes = new Map<string, ShadowedRoute>();
  readonly #agents = new Map<string, Agent>();
  #queue: (() => Promise<void>)[] = [];
  #underWay = 0;
  #closed = false;

  constructor(options: MirrorOptions) {
    this.#options = options;
    for (const route of options.routes) {
      const { shadow: config } = route.config;
      if (config) this.#routes.set(route.name, new ShadowedRoute(config));
    }
  }

  /** Chooses whether a request is copied; asked when it was decided, with the control's address. */
  choose(exchange: Exchange, controlAddress: string | undefined): void {
    const { match, why } = exchange.decision;
    const shadowed = match && this.#routes.get(match.route.name);
    // What somebody chose is no evidence, of what answers say neither.
    if (isSteered(why)) return;
    // A control that we are mounted in, whose address nobody told us, cannot be asked.
    if (!shadowed || (controlAddress === undefined && exchange.decision.side === 'candidate')) return;
    const candidate = this.#options.candidateOf(match.route.name);
    if (!candidate || this.#options.random() * 100 >= shadowed.config.percent) return;
    if (CONDITIONAL.some((name) => exchange.req.headers[name] !== undefined)) return;
    const control = controlAddress === undefined ? undefined : new URL(controlAddress);
    const capture = new AnswerCapture({ maxBytes: shadowed.config.maxAnswerBytes });
    const headersFor = (url: URL) => this.#headers(exchange, url);
    const headers = { control: control ? headersFor(control) : {}, candidate: headersFor(candidate.url) };
    exchange.mirrored = { capture, shadowed, candidate, control, headers };
  }

  /** The chosen request's answer has gone to the client. */
  answered(exchange: Exchange): void {
    const { mirrored, decision, side } = exchange;
    const name = decision.match?.route.name;
    // When the other side had to step in, it has been asked already.
    if (!mirrored || name === undefined || side !== decision.side || this.#closed) return;
    if (exchange.outcome === 'aborted' || exchange.body === 'stream') return;
    if (this.#queue.length >= MAX_QUEUED) {
      this.#skip(name, mirrored, 'full');
      return;
    }
    const failed = () => this.#skip(name, mirrored, 'failed');
    this.#queue.push(() => this.#copy(name, exchange, mirrored).catch(failed));
    this.#next();
  }

  totals(route: string): ShadowTotals {
    return this.#routes.get(route)?.record.totals() ?? { compared: 0, mismatched: 0 };
  }

  /** `undefined` for a route that is not shadowed. */
  report(route: string): ShadowReport | undefined {
    return this.#routes.get(route)?.record.report();
  }

  /** Drops what waits, and lets go of the connections. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #next(): void {
    if (this.#underWay >= MAX_AT_ONCE) return;
    const copy = this.#queue.shift();
    if (!copy) return;
    this.#underWay++;
    void copy().then(() => {
      this.#underWay--;
      this.#next();
    });
  }

  #skip(name: string, { shadowed }: MirroredRequest, why: SkipReason): void {
    shadowed.record.skipped(why);
    this.#options.onResult(name, why, []);
  }

  async #copy(name: string, exchange: Exchange, mirrored: MirroredRequest): Promise<void> {
    const { shadowed, candidate, capture } = mirrored;
    if (candidate.breaker.state !== 'closed') {
      this.#skip(name, mirrored, 'breaker-open');
      return;
    }
    const own = exchange.decision.side;
    const ask = (side: Side) => askSide(this.#request(side, exchange, mirrored));
    const mayLearn = mirrored.control !== undefined;
    const again = mayLearn && shadowed.asksControlAgain(this.#options.random());
    const [answer, other, controlAgain] = await Promise.all([
      capture.read(),
      ask(own === 'control' ? 'candidate' : 'control'),
      again ? ask('control') : undefined,
    ]);
    if (this.#closed) return;
    const sides =
      own === 'control'
        ? { control: answer, candidate: transformed(other, candidate) }
        : { control: other, candidate: answer };
    const { result, fields } = shadowed.compare({ ...sides, controlAgain, mayLearn }, this.#options.nowMs());
    this.#options.onResult(name, result, fields);
  }

  #request(
    side: Side,
    exchange: Exchange,
    { shadowed, candidate, control, headers }: MirroredRequest,
  ): SideRequest {
    const base = side === 'control' && control ? control : candidate.url;
    const path =
      side === 'control' ? base.pathname.replace(/\/$/, '') + exchange.target : candidate.targetOf(exchange);
    const body = Buffer.isBuffer(exchange.body) ? exchange.body : undefined;
    return {
      url: new URL(base.origin + path),
      method: exchange.req.method ?? 'GET',
      headers: body ? { ...headers[side], 'content-length': body.length } : headers[side],
      body,
      timeoutMs: side === 'control' ? CONTROL_TIMEOUT_MS : candidate.timeoutMs,
      maxAnswerBytes: shadowed.config.maxAnswerBytes,
      agent: this.#agentOf(base),
    };
  }

  #headers({ req }: Exchange, url: URL): OutgoingHttpHeaders {
    const { policy } = this.#options;
    const headers = upstreamHeaders(req, { host: url.host, policy, contentLength: -1 });
    return { ...headersByName(headers), 'accept-encoding': 'identity', [SHADOW_HEADER]: '1' };
  }

  #agentOf(url: URL): Agent {
    const known = this.#agents.get(url.origin);
    if (known) return known;
    const agent = keepAliveAgent({ url, maxSockets: MAX_AT_ONCE, idleTimeoutMs: IDLE_TIMEOUT_MS });
    this.#agents.set(url.origin, agent);
    return agent;
  }
}

/** A candidate's answer as clients would have got it. */
const transformed = (answer: SideAnswer, { transform }: Candidate): SideAnswer => {
  if (!transform || typeof answer === 'string' || 'unanswered' in answer) return answer;
  if (answer.body.length === 0 || !isJsonType(String(answer.headers['content-type']))) return answer;
  try {
    return transformAnswer(answer, transform.answer);
  } catch (thrown) {
    return { unanswered: messageOf(thrown) };
  }
};
