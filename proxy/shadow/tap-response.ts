import type { ServerResponse } from 'node:http';
import type { AnswerCapture } from './answer-capture.ts';

type Call = (...args: unknown[]) => unknown;

/**
 * Lets a capture see an answer that this process writes itself, as whoever mounts us writes it: what a compression
 * that is mounted ahead of us makes of it is not in it, and what one behind us makes is.
 */
export const tapResponse = (res: ServerResponse, capture: AnswerCapture): void => {
  const [write, end]: [Call, Call] = [res.write.bind(res) as Call, res.end.bind(res) as Call];
  let encoding: string | undefined;
  let state: 'before' | 'within' | 'after' = 'before';
  const see = (chunk: unknown, charset: unknown) => {
    // Before it goes on: a compression ahead of us would name its own encoding then.
    if (state === 'before') encoding = res.getHeader('content-encoding')?.toString();
    state = 'within';
    if (typeof chunk === 'string') capture.take(Buffer.from(chunk, charsetOf(charset)));
    else if (chunk instanceof Uint8Array) capture.take(Buffer.from(chunk));
  };
  res.write = ((...args: unknown[]) => {
    if (state !== 'after') see(args[0], args[1]);
    return write(...args);
  }) as typeof res.write;
  res.end = ((...args: unknown[]) => {
    if (state === 'after') return end(...args);
    see(args[0], args[1]);
    state = 'after';
    const done = end(...args);
    capture.begin({ status: res.statusCode, statusText: '', rawHeaders: headersOf(res, encoding) });
    capture.finish();
    return done;
  }) as typeof res.end;
};

const charsetOf = (charset: unknown): BufferEncoding =>
  typeof charset === 'string' && Buffer.isEncoding(charset) ? charset : 'utf8';

const headersOf = (res: ServerResponse, encoding: string | undefined): string[] => {
  const headers = { ...res.getHeaders(), 'content-encoding': encoding };
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((each) => [name, String(each)]),
  );
};
