import type { RequestHandler } from 'express';
import { Canary, type CanaryOptions } from './canary.ts';
import { pathFault } from './forwarding/canonical-path.ts';
import { privately, SIDE_HEADER, WHY_HEADER } from './forwarding/response-policy.ts';
import { publishReadings } from './readings/publish-readings.ts';
import { pollWeights } from './routing/poll-weights.ts';
import { FORCE_HEADER } from './routing/testers.ts';
import { SHADOW_HEADER } from './shadow/mirror.ts';
import { tapResponse } from './shadow/tap-response.ts';

/** The canary inside the monolith: a request handler, and what its host needs to run and stop it. */
export interface CanaryMiddleware {
  readonly handler: RequestHandler;
  readonly canary: Canary;
  close(): Promise<void>;
}

export interface CanaryMiddlewareOptions extends CanaryOptions {
  /**
   * Optional: without it, only what the control has answered is compared by the shadow, and its noise is not learnt.
   * Where the monolith itself can be asked for copies; those never come back to the canary.
   */
  readonly controlUrl?: string;
}

/**
 * The canary as Express middleware: mount it ahead of body parsers and routes. The control is whatever comes
 * next in the same application; the candidate's share of the traffic leaves the process. Paths that are not
 * canonical never reach a candidate.
 */
export const canaryMiddleware = async (options: CanaryMiddlewareOptions): Promise<CanaryMiddleware> => {
  const { controlUrl } = options;
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
    // A copy that some shadow sends is for the control, or it would be copied for ever.
    if (pathFault(req.originalUrl) || req.headers[SHADOW_HEADER] !== undefined) {
      next();
      return undefined;
    }
    return canary.serve(req, res, req.originalUrl, {
      ...(controlUrl === undefined ? {} : { address: controlUrl.replace(/\/$/, '') }),
      serve: ({ side, chosenBy, setCookies, mirrored }) => {
        res.setHeader(SIDE_HEADER, side);
        if (chosenBy) res.setHeader(WHY_HEADER, chosenBy);
        if (setCookies.length > 0) {
          res.append('set-cookie', [...setCookies]);
          res.setHeader('cache-control', privately(undefined));
        }
        if (mirrored) tapResponse(res, mirrored.capture);
        // A secret of the testers, which is none of the monolith's business.
        delete req.headers[FORCE_HEADER];
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
