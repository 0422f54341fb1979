import type { IncomingMessage } from 'node:http';
import type { ForwardRequest } from './forwarder.ts';

/** A body that was read, or why not: larger than allowed, or the client went away or stopped sending. */
export type PeekedBody = Buffer | 'too-large' | 'aborted';

/**
 * Reads a request's body up to `maxBytes` and puts it back, so that the request can still be read or piped as
 * if nobody had looked: the candidate gets the bytes, and a body parser mounted later still gets the stream.
 * A larger body is put back as far as it was read, and the rest stays unread.
 */
export const peekBody = (
  req: IncomingMessage,
  options: {
    readonly maxBytes: number;
    /** The longest silence of the client, after which its connection is closed. */
    readonly idleTimeoutMs: number;
  },
): Promise<PeekedBody> => {
  if (Number(req.headers['content-length'] ?? 0) > options.maxBytes) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const done = (outcome: 'complete' | 'too-large' | 'aborted') => {
      clearTimeout(silence);
      req.off('readable', onReadable);
      req.off('close', onClose);
      const body = Buffer.concat(chunks);
      // Before the stream notices that it was drained: after its `end` nothing can be put back.
      if (outcome !== 'aborted' && bytes > 0) req.unshift(body);
      resolve(outcome === 'complete' ? body : outcome);
    };
    const onReadable = () => {
      silence.refresh();
      for (let chunk = takeFrom(req); chunk; chunk = takeFrom(req)) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > options.maxBytes) {
          done('too-large');
          return;
        }
      }
      if (req.complete) done('complete');
    };
    const onClose = () => done('aborted');
    const silence = setTimeout(() => req.destroy(), options.idleTimeoutMs);
    req.on('readable', onReadable);
    req.on('close', onClose);
  });
};

/** What has arrived; never asks an empty stream, since that would end it. */
const takeFrom = (req: IncomingMessage): Buffer | null =>
  req.readableLength > 0 ? (req.read() as Buffer | null) : null;

/** Whether a request has a body: it says how long it is, or that it comes in chunks. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] !== undefined && headers['content-length'] !== '0');

/**
 * The body of a request whose stream a body parser has read already (piping it would wait for ever): the bytes
 * it kept, or its JSON again. `undefined` when neither can be had.
 */
const parsedBody = (req: IncomingMessage): Buffer | undefined => {
  const body: unknown = 'body' in req ? req.body : undefined;
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  const json = /^application\/(?:[^;]+\+)?json\b/i.test(req.headers['content-type'] ?? '');
  return json && body !== undefined && !req.headers['content-encoding']
    ? Buffer.from(JSON.stringify(body))
    : undefined;
};

/** A request's body before anybody looked at it: `undefined` when it was read and cannot be had again. */
export const bodyOf = (req: IncomingMessage): ForwardRequest['body'] | undefined => {
  if (!hasBody(req)) return 'none';
  return req.readableEnded ? parsedBody(req) : 'stream';
};
