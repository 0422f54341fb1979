import type { State } from '../../services/core/index.ts';
import { bucketOfKey, Digest } from './digest.ts';
import { RejectedDocument, readDocument } from './expectation.ts';
import { readAll } from './read-all.ts';
import type { Tally } from './tally.ts';
import type { VerifyOptions, VerifyParts } from './verify-parts.ts';

/** What digests tell of two sides. */
export interface Checksums {
  /** Whether a key is in a bucket in which the sides differ, and so has to be looked at. */
  isOpen(key: string): boolean;
  readonly open: number;
  /** Of everything that the source says the sink should hold, as hex. */
  readonly sourceDigest: string;
}

/**
 * Reads both sides from end to end, at the same time, once: this is all that agreement costs. `onRejected` is handed
 * what stands for no record, and so is in no digest.
 */
export const readChecksums = async <S extends State>(
  parts: VerifyParts<S>,
  options: VerifyOptions & { readonly buckets: number },
  tally: Tally,
  onRejected: (document: RejectedDocument) => Promise<void>,
): Promise<Checksums> => {
  const { buckets } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const of = { parts, options: { ...options, signal }, tally, onRejected };
  const stopBoth = (thrown: unknown): never => {
    stop.abort(thrown);
    throw thrown;
  };
  const [source, sink] = await Promise.all([
    digestSource(of).catch(stopBoth),
    digestSink(of).catch(stopBoth),
  ]);
  const differing = source.differing(sink);
  return {
    isOpen: (key) => differing.has(bucketOfKey(key, buckets)),
    open: differing.size,
    sourceDigest: source.toString(),
  };
};

interface Side<S extends State> {
  readonly parts: VerifyParts<S>;
  readonly options: VerifyOptions & { readonly buckets: number };
  readonly tally: Tally;
  onRejected(document: RejectedDocument): Promise<void>;
}

const digestSource = async <S extends State>({
  parts,
  options,
  tally,
  onRejected,
}: Side<S>): Promise<Digest> => {
  const digest = new Digest(options);
  let read = 0;
  await readAll({
    ...parts,
    ...options,
    onDocuments: async (documents, estimated) => {
      for (const document of documents) {
        const record = readDocument(document, parts.reading);
        tally.compared += 1;
        if (record instanceof RejectedDocument) await onRejected(record);
        else digest.add(record);
      }
      read += documents.length;
      options.onProgress('comparing', read, estimated, tally.counts());
    },
  });
  return digest;
};

const digestSink = async <S extends State>({ parts, options, tally }: Side<S>): Promise<Digest> => {
  const digest = new Digest(options);
  for await (const page of parts.store.scan()) {
    options.signal.throwIfAborted();
    tally.scanned += page.length;
    for (const record of page) digest.add(record);
  }
  return digest;
};
