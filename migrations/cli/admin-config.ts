import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Tokens } from '../../services/admin/tokens.ts';
import { messageOf, UsageError } from '../../services/core/index.ts';

/** The server behind `banyan admin`. */
export const adminConfigSchema = z.strictObject({
  /** Optional: defaults to loopback. Anything else has to stand behind TLS: tokens travel in every request. */
  host: z.string().min(1).default('127.0.0.1'),
  /** Optional: defaults to 9091. */
  port: z.int().min(0).max(65_535).default(9091),
  /** Optional: none. Names beside `localhost` by which clients call it, as `admin.example.com`; a port unless it is 80 or 443. */
  hosts: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i, 'is a name, as admin.example.com'),
    )
    .default([]),
  /** What `banyan admin token` said to store, apart by white space or commas: from a variable, most often. */
  tokens: z.string().optional(),
  /** A file with the same. */
  tokensFile: z.string().min(1).optional(),
  /** Optional: defaults to 600. Requests of one bearer, or of one address without a token. */
  requestsPerMinute: z.int().min(1).default(600),
  /** Optional: defaults to 10. Of one address. */
  failedSignInsPerMinute: z.int().min(1).default(10),
  /** Optional: defaults to 50. Live views that are open at once. */
  maxViews: z.int().min(1).default(50),
  /** Optional: defaults to the configured proxy's. The admin listeners of all proxies. */
  proxies: z.array(z.url({ protocol: /^https?$/ })).optional(),
});

export type AdminConfig = z.infer<typeof adminConfigSchema>;

/**
 * Who is let in.
 * @throws UsageError that says how to make a token when there is none.
 */
export const tokensOf = async ({ tokens = '', tokensFile }: AdminConfig): Promise<Tokens> => {
  const inFile = tokensFile === undefined ? '' : await contentOf(tokensFile);
  const known = new Tokens(`${tokens}\n${inFile}`);
  if (known.size > 0) return known;
  throw new UsageError(
    'nobody has a token: `banyan admin token NAME --role operator` makes one, and says what to store in `admin.tokens` or in the file of `admin.tokensFile`',
    { code: 'no-token' },
  );
};

const contentOf = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`admin.tokensFile cannot be read: ${messageOf(cause)}`, { cause });
  }
};
