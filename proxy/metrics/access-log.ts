import type { Logger } from 'pino';
import type { Exchange, Outcome } from '../exchange.ts';
import { NO_ROUTE } from './proxy-metrics.ts';

/**
 * Writes one line for an ended exchange: which side served it, why, and how it went. No path, query, body or
 * key: each may hold what a log should not. What went wrong is a warning.
 */
export const logExchange = (log: Logger, exchange: Exchange, outcome: Outcome, durationMs: number): void => {
  const { decision, side, why, candidateFailure, req, res } = exchange;
  const line = {
    route: decision.dial ?? NO_ROUTE,
    method: req.method,
    side,
    why,
    decidedBy: decision.why === why ? undefined : decision.why,
    status: res.headersSent ? res.statusCode : undefined,
    ms: Math.round(durationMs * 10) / 10,
    outcome,
    rescued: outcome === 'rescued',
    candidateFailure,
  };
  if (outcome === 'error' || outcome === 'rescued') log.warn(line, 'request');
  else log.info(line, 'request');
};
