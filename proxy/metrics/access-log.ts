import type { Logger } from 'pino';
import type { Exchange, Outcome } from '../exchange.ts';
import type { Side, Why } from '../routing/canary-router.ts';
import { NO_ROUTE } from './proxy-metrics.ts';

/**
 * Writes one line for an ended exchange: which side served it, why, and how it went. No path, query, body or
 * key: each may hold what a log should not. What went wrong is a warning.
 */
export class AccessLog {
  readonly #log: Logger;
  readonly #kinds = new Kinds();

  constructor(log: Logger) {
    this.#log = log;
  }

  ended(exchange: Exchange, outcome: Outcome, durationMs: number): void {
    const { candidateFailure, res } = exchange;
    const log = this.#kindOf(exchange, outcome);
    const line = {
      status: res.headersSent ? res.statusCode : undefined,
      ms: Math.round(durationMs * 10) / 10,
      candidateFailure,
    };
    if (outcome === 'error' || outcome === 'rescued') log.warn(line, 'request');
    else log.info(line, 'request');
  }

  /** A WebSocket has been handed to a side. */
  upgraded(line: {
    readonly route: string;
    readonly side: Side;
    readonly why: Why;
    readonly candidateFailure: string | undefined;
  }): void {
    if (line.candidateFailure === undefined) this.#log.info(line, 'upgrade');
    else this.#log.warn(line, 'upgrade');
  }

  #kindOf({ decision, side, why, req }: Exchange, outcome: Outcome): Logger {
    const { method = '' } = req;
    const { dial: route = NO_ROUTE } = decision;
    let kinds = this.#kinds;
    for (const part of [route, method, side, why, decision.why, outcome]) kinds = kinds.of(part);
    if (!kinds.log) {
      const decidedBy = decision.why === why ? undefined : decision.why;
      const rescued = outcome === 'rescued';
      kinds.log = this.#log.child({ route, method, side, why, decidedBy, outcome, rescued });
    }
    return kinds.log;
  }
}

/**
 * What lines have in common is written once: there are few of a kind, and many lines. It is found part by part, since a
 * text of all parts would have to be made for each line.
 */
class Kinds {
  log: Logger | undefined;
  readonly #further = new Map<string, Kinds>();

  of(part: string): Kinds {
    let kinds = this.#further.get(part);
    if (!kinds) {
      kinds = new Kinds();
      this.#further.set(part, kinds);
    }
    return kinds;
  }
}
