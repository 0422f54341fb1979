import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { RejectError } from '../core/index.ts';
import type { ClaimStore } from './claim-store.ts';
import { quarantineName } from './quarantine-name.ts';

/** The bucket of the claims. */
export interface S3ClaimStoreOptions {
  readonly client: S3Client;
  /** Required. Let a lifecycle rule expire its objects well after the stream's retention; they are not deleted here. */
  readonly bucket: string;
}

/** Claims as objects of one S3 bucket; references are `s3://BUCKET/claims/NAME`. */
export class S3ClaimStore implements ClaimStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(options: S3ClaimStoreOptions) {
    this.#client = options.client;
    this.#bucket = options.bucket;
    this.#prefix = `s3://${options.bucket}/`;
  }

  async put(name: string, body: string): Promise<string> {
    const Key = `claims/${quarantineName(name)}`;
    await this.#client.send(
      new PutObjectCommand({ Bucket: this.#bucket, Key, Body: body, ContentType: 'application/json' }),
    );
    return `${this.#prefix}${Key}`;
  }

  /** Only of its own bucket: a record does not say what else a consumer reads with its rights. */
  async get(reference: string): Promise<string | undefined> {
    if (!reference.startsWith(`${this.#prefix}claims/`)) {
      throw new RejectError(`${reference} is no reference into ${this.#prefix}claims/`);
    }
    try {
      const Key = reference.slice(this.#prefix.length);
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key }));
      return await Body?.transformToString();
    } catch (thrown) {
      if (thrown instanceof NoSuchKey) return undefined;
      throw thrown;
    }
  }
}
