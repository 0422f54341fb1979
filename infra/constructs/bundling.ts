import { createRequire } from 'node:module';
import { extname, join } from 'node:path';

/* How a handler becomes one file, whoever bundles it: the CDK, or a test that weighs the bundle and runs it. */

/** The MongoDB driver tries these and goes on without them. */
export const OPTIONAL_NATIVE_MODULES: readonly string[] = [
  '@mongodb-js/zstd',
  'aws4',
  'gcp-metadata',
  'kerberos',
  'mongodb-client-encryption',
  'snappy',
  'socks',
];

/** Modules that stand for others in a bundle. */
export const BUNDLE_ALIASES: { readonly [module: string]: string } = {
  // The driver requires `bson` and our code imports it: without this there would be two of it, 60 KB more.
  bson: createRequire(import.meta.url).resolve('bson'),
  // The driver parses its connection string by a copy of URL and all of Unicode's host names: 290 KB.
  'whatwg-url': join(import.meta.dirname, `native-url${extname(import.meta.filename)}`),
};

/** The CommonJS parts of a bundle need `require`. */
export const BUNDLE_BANNER =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
