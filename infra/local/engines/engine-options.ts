import { resolve } from 'node:path';

export type Environment = { readonly [name: string]: string | undefined };

export interface EngineOptions {
  /** Optional: a MongoDB to use as it is. */
  readonly mongoUri?: string;
  /** Optional: an AWS endpoint to use as it is. */
  readonly awsEndpoint?: string;
  /** Optional: an OpenSearch to use as it is. */
  readonly openSearchUrl?: string;
  /** Required. The image of a MongoDB in a container. */
  readonly mongoImage: string;
  /** Required. The image of the AWS emulator in a container. */
  readonly awsImage: string;
  /** Required. Anything but a container for MongoDB is a failure. */
  readonly requireContainers: boolean;
  /** Required. Where fetched engines are kept, complete and checked. */
  readonly cacheFolder: string;
  /** Required. Where programs are looked for. */
  readonly path: string;
  /** Required. Told, in a line, what takes time (a download) or went wrong. */
  readonly log: (line: string) => void;
  /** Optional: MongoDB's data, kept when it stops; by default a temporary folder, removed. */
  readonly mongoDataFolder?: string;
  /** Optional: defaults to 1. The mongods of a MongoDB that is started; several keep no data. */
  readonly mongoMembers?: number;
  /** Optional: gives up starting. */
  readonly signal?: AbortSignal;
}

const CACHE = resolve(import.meta.dirname, '../../../.cache/engines');

/** The options that the environment asks for; every variable is optional. */
export const engineOptions = (env: Environment, log: (line: string) => void): EngineOptions => ({
  ...(env.MONGODB_URI ? { mongoUri: env.MONGODB_URI } : {}),
  ...(env.AWS_ENDPOINT_URL ? { awsEndpoint: env.AWS_ENDPOINT_URL } : {}),
  ...(env.OPENSEARCH_URL ? { openSearchUrl: env.OPENSEARCH_URL } : {}),
  mongoImage: env.BANYAN_MONGODB_IMAGE || 'mongo:8',
  awsImage: env.BANYAN_MINISTACK_IMAGE || 'ministackorg/ministack:1.5.33',
  requireContainers: env.BANYAN_REQUIRE_CONTAINERS === '1',
  cacheFolder: env.BANYAN_CACHE || CACHE,
  path: env.PATH ?? '',
  log,
});
