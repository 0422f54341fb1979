import type { RequestHandler } from 'express';
import { Canary, type CanaryOptions } from './canary.ts';
import { pathFault } from './forwarding/canonical-path.ts';
import { privately, SIDE_HEADER } from './forwarding/response-policy.ts';
import { publishReadings } from './readings/publish-readings.ts';
import { pollWeights } from './routing/poll-weights.ts';

/** The canary inside the monolith: a request handler, and what its host needs to run and stop it. */
export interface CanaryMiddleware {
  readonly handler: RequestHandler;
  readonly canary: Canary;
  close(): Promise<void>;
}

/**
 * The canary as Express middleware: mount it ahead of body parsers and routes. The control is whatever comes
 * next in the same application; the candidate's share of the traffic leaves the process. Paths that are not
 * canonical never reach a candidate.
 */
export const canaryMiddleware = async (options: CanaryOptions): Promise<CanaryMiddleware> => {
  const canary = new Canary(options);
  const stop = new AbortController();
  const { clock, controlStore: store, log } = options;
  await canary.refresh();
  const polling = pollWeights({
    weights: canary,
    clock,
    pollMs: options.config.pollMs,
    signal: stop.signal,
  });
  const readings = publishReadings({ canary, store, clock, log });
  const handler: RequestHandler = (req, res, next) => {
    if (pathFault(req.originalUrl)) {
      next();
      return undefined;
    }
    return canary.serve(req, res, req.originalUrl, {
      serve: ({ side, setCookie }) => {
        res.setHeader(SIDE_HEADER, side);
        if (setCookie) {
          res.append('set-cookie', setCookie);
          res.setHeader('cache-control', privately(undefined));
        }
        next();
      },
    });
  };
  const close = async () => {
    stop.abort();
    await polling;
    await readings.end();
    canary.close();
  };
  return { handler, canary, close };
};
