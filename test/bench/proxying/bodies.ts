import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Figure, measured } from '../figure.ts';
import { startBanyan } from './contenders.ts';
import { peakDuring } from './memory.ts';
import { residentMib } from './processor-time.ts';

const MEBIBYTE = 1_048_576;
const PIECE = Buffer.alloc(65_536, 'the quick brown fox jumps over the lazy dog');

/** So many bytes, and their hash as they go. */
const bytesOf = (bytes: number) => {
  const hash = createHash('sha256');
  const pieces = function* () {
    for (let left = bytes; left > 0; left -= PIECE.length) {
      const piece = PIECE.subarray(0, Math.min(left, PIECE.length));
      hash.update(piece);
      yield piece;
    }
  };
  return { stream: Readable.from(pieces(), { objectMode: false }), digest: () => hash.digest('hex') };
};

const hashOf = async (stream: AsyncIterable<Buffer>): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest('hex');
};

/** Large bodies both ways: how fast, in how much memory, and whether they arrive as they were. */
export const bodyFigures = async (mebibytes: number): Promise<Figure[]> => {
  const bytes = mebibytes * MEBIBYTE;
  const upstream = createServer((req, res) => {
    if (req.method === 'PUT') void hashOf(req).then((digest) => res.end(digest));
    else {
      const { stream, digest } = bytesOf(bytes);
      void pipeline(stream, res).then(() => sentDigest.resolve(digest()), sentDigest.reject);
    }
  }).listen(0, '127.0.0.1');
  const sentDigest = Promise.withResolvers<string>();
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const banyan = await startBanyan({ control: port, candidate: port });
  const ask = (method: string) =>
    request({ port: banyan.port, host: '127.0.0.1', method, path: '/files/1', agent: false });
  const upload = async (): Promise<boolean> => {
    const sent = ask('PUT');
    const { stream, digest } = bytesOf(bytes);
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    await pipeline(stream, sent);
    const [answer] = await answered;
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString() === digest();
  };
  const download = async (): Promise<boolean> => {
    const [answer] = (await once(ask('GET').end(), 'response')) as [IncomingMessage];
    return (await hashOf(answer)) === (await sentDigest.promise);
  };
  const timed = async (what: string, work: () => Promise<boolean>): Promise<Figure[]> => {
    const startedMs = performance.now();
    const before = residentMib(banyan.pid);
    let same = false;
    const peak = await peakDuring(banyan.pid, async () => {
      same = await work();
    });
    const seconds = (performance.now() - startedMs) / 1_000;
    const figure = `${what} of ${mebibytes.toLocaleString('en-US')} MiB`;
    return [
      measured({ figure, unit: 'MiB/s', values: [mebibytes / seconds] }),
      measured({
        figure: `${figure}, memory`,
        unit: 'MiB more',
        values: [peak - before],
        goal: { atMost: 100 },
      }),
      measured({ figure: `${figure}, equal`, unit: '1 = yes', values: [same ? 1 : 0], goal: { atLeast: 1 } }),
    ];
  };
  try {
    return [...(await timed('upload', upload)), ...(await timed('download', download))];
  } finally {
    upstream.closeAllConnections();
    upstream.close();
    await banyan.stop();
  }
};
