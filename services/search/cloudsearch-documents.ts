import { type CloudSearchDomainClient, UploadDocumentsCommand } from '@aws-sdk/client-cloudsearch-domain';
import { messageOf, RejectError, type State, type VersionedRecord } from '../core/index.ts';
import { type DocumentFormat, type EncodedOperation, encodeRecord } from './cloudsearch-document.ts';
import { explainCloudSearchError, isRefusedBatch } from './cloudsearch-errors.ts';
import type { SearchIndexWriter } from './search-index.ts';

/** CloudSearch's limit on a batch, brackets included. */
const MAX_BATCH_BYTES = 5 * 1024 * 1024;

export interface CloudSearchDocumentsOptions {
  readonly client: CloudSearchDomainClient;
  /** Required. The domain's document endpoint, for messages; the client has it already. */
  readonly endpoint: string;
  readonly format: DocumentFormat;
}

interface Upload extends EncodedOperation {
  /** The record's place in the call. */
  readonly at: number;
}

/**
 * Writes to a CloudSearch domain: in as few batches as the limits allow, one after the other. A batch is accepted
 * or refused whole, so a refused one is halved until the records at fault stand alone.
 */
export class CloudSearchDocuments<S extends State = State> implements SearchIndexWriter<S> {
  readonly #client: CloudSearchDomainClient;
  readonly #endpoint: string;
  readonly #format: DocumentFormat;

  constructor(options: CloudSearchDocumentsOptions) {
    this.#client = options.client;
    this.#endpoint = options.endpoint;
    this.#format = options.format;
  }

  async write(
    records: readonly VersionedRecord<S>[],
    signal?: AbortSignal,
  ): Promise<(undefined | RejectError)[]> {
    const outcomes: (undefined | RejectError)[] = records.map(() => undefined);
    const uploads = records.flatMap((record, at): Upload[] => {
      const encoded = encodedOr(record, this.#format);
      if (!(encoded instanceof RejectError)) return [{ ...encoded, at }];
      outcomes[at] = encoded;
      return [];
    });
    for (const batch of batchesOf(uploads)) await this.#upload(batch, outcomes, signal);
    return outcomes;
  }

  async #upload(
    batch: readonly Upload[],
    outcomes: (undefined | RejectError)[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const refusal = await this.#send(batch, signal);
    if (refusal === undefined) return;
    const [first] = batch;
    if (first && batch.length === 1) {
      outcomes[first.at] = new RejectError(`CloudSearch refuses the document: ${messageOf(refusal)}`, {
        cause: refusal,
      });
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await this.#upload(batch.slice(0, half), outcomes, signal);
    await this.#upload(batch.slice(half), outcomes, signal);
  }

  /** `undefined`, or why the batch was refused. */
  async #send(batch: readonly Upload[], signal: AbortSignal | undefined): Promise<unknown> {
    try {
      signal?.throwIfAborted();
      const documents = Buffer.from(`[${batch.map(({ json }) => json).join(',')}]`);
      await this.#client.send(
        new UploadDocumentsCommand({ contentType: 'application/json', documents }),
        signal ? { abortSignal: signal } : {},
      );
      return undefined;
    } catch (thrown) {
      if (isRefusedBatch(thrown)) return thrown;
      throw explainCloudSearchError(thrown, this.#endpoint);
    }
  }
}

const encodedOr = (record: VersionedRecord, format: DocumentFormat): EncodedOperation | RejectError => {
  try {
    return encodeRecord(record, format);
  } catch (thrown) {
    if (thrown instanceof RejectError) return thrown;
    throw thrown;
  }
};

/** Cuts where one more operation would make a batch too large. */
const batchesOf = (uploads: readonly Upload[]): Upload[][] => {
  const batches: Upload[][] = [];
  let bytes = MAX_BATCH_BYTES;
  for (const upload of uploads) {
    const more = upload.bytes + 1;
    if (bytes + more > MAX_BATCH_BYTES) {
      batches.push([]);
      bytes = 1;
    }
    batches.at(-1)?.push(upload);
    bytes += more;
  }
  return batches;
};
