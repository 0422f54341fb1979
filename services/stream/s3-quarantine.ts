import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Quarantine, QuarantineEntry } from './quarantine.ts';
import { quarantineName, quarantinePath } from './quarantine-name.ts';

/**
 * A quarantine in an S3 bucket: an object per entry, below a prefix per source. Keys sort by their UTF-8 bytes,
 * so a listing is in the order of the ids.
 */
export class S3Quarantine implements Quarantine {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(options: { client: S3Client; bucket: string }) {
    this.#client = options.client;
    this.#bucket = options.bucket;
  }

  async put(entry: QuarantineEntry): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: quarantinePath(entry),
        Body: JSON.stringify(entry),
        ContentType: 'application/json',
      }),
    );
  }

  async *list(source: string): AsyncIterable<QuarantineEntry> {
    const Prefix = `${quarantineName(source)}/`;
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, Prefix, ContinuationToken }),
      );
      for (const { Key } of page.Contents ?? []) {
        const entry = Key && (await this.#read(Key));
        if (entry) yield entry;
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
  }

  async remove(entry: QuarantineEntry): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: quarantinePath(entry) }));
  }

  /** `undefined` for an entry that somebody removed meanwhile. */
  async #read(Key: string): Promise<QuarantineEntry | undefined> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key }));
      return JSON.parse((await Body?.transformToString()) ?? '') as QuarantineEntry;
    } catch (thrown) {
      if (thrown instanceof NoSuchKey) return undefined;
      throw thrown;
    }
  }
}
