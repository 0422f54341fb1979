import { once } from 'node:events';
import type { RequestHandler, Response } from 'express';
import type { Streaming } from './operation.ts';
import { readRequest } from './read-request.ts';
import { Refusal } from './refusal.ts';

/** Silence that no proxy takes for a dead connection. */
const BEAT_EVERY_MS = 15_000;

/** How many live views are open, over all operations. */
export class OpenViews {
  readonly #most: number;
  #open = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @throws Refusal when there are too many already. */
  enter(): () => void {
    if (this.#open >= this.#most)
      throw new Refusal('unavailable', `${this.#most} live views are open already: close one`);
    this.#open++;
    return () => {
      this.#open--;
    };
  }
}

/** Sends what the operation tells as server-sent events, until the client has gone or the server stops. */
export const sendEvents =
  (operation: Streaming, options: { stopped: AbortSignal; views: OpenViews }): RequestHandler =>
  async (req, res) => {
    const request = readRequest(operation, req, res, options.stopped);
    const leave = options.views.enter();
    const told = operation.stream(request)[Symbol.asyncIterator]();
    try {
      // Whatever cannot be told at all is refused as any other request is.
      let next = await told.next();
      open(res);
      if (req.method === 'HEAD') return void res.end();
      const beat = setInterval(() => res.write(': still here\n\n'), BEAT_EVERY_MS);
      try {
        for (; !next.done && !request.signal.aborted; next = await told.next()) {
          const { event, data } = next.value;
          const schema = operation.events[event];
          if (!schema) throw new Error(`${operation.id} declares no event ${event}`);
          const frame = `event: ${event}\ndata: ${JSON.stringify(schema.parse(data))}\n\n`;
          if (!res.write(frame)) await once(res, 'drain', { signal: request.signal }).catch(() => undefined);
        }
      } finally {
        clearInterval(beat);
      }
      res.end();
    } finally {
      leave();
      await told.return?.();
    }
  };

const open = (res: Response): void => {
  res.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    // Nginx would keep the events until it had a buffer full.
    'X-Accel-Buffering': 'no',
  });
  res.flushHeaders();
};
