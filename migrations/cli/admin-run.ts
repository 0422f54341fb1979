import { once } from 'node:events';
import { isIP } from 'node:net';
import { pino } from 'pino';
import { pageFolders } from '../../proxy/admin/page-folders.ts';
import { allOperations } from '../../services/admin/admin-app.ts';
import { type ApiTitle, openApiDocument } from '../../services/admin/openapi.ts';
import type { Role } from '../../services/admin/person.ts';
import { startAdminServer } from '../../services/admin/start-admin-server.ts';
import { freshToken, tokenEntry } from '../../services/admin/tokens.ts';
import { tokensOf } from './admin-config.ts';
import { adminOperations } from './admin-operations.ts';
import type { CommandContext } from './context.ts';
import { engineErrorOf } from './engine-errors.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

export interface AdminFlags {
  readonly host?: string;
  readonly port?: number;
}

const ABOUT: ApiTitle = {
  title: 'Banyan admin',
  version: '1',
  description:
    'Live control of backfills and canaries: what `banyan backfill` and `banyan canary` do, over HTTP.',
};

/** `banyan admin`: serves the API, and the page that uses it, until the operator interrupts. */
export const runAdmin = async (context: CommandContext, flags: AdminFlags): Promise<ExitCode> => {
  const { admin } = await context.config();
  const host = flags.host ?? admin.host;
  const tokens = await tokensOf(admin);
  await context.controlStore();
  const running = await startAdminServer({
    about: ABOUT,
    operations: adminOperations(context),
    tokens,
    hosts: admin.hosts,
    limits: admin,
    maxViews: admin.maxViews,
    log: pino({ name: 'admin' }, pino.destination(process.stderr.fd)),
    explain: engineErrorOf,
    clock: context.clock,
    listen: { host, port: flags.port ?? admin.port },
    page: pageFolders(),
  });
  context.onClose(() => running.close());
  const { address } = running;
  if (!isLoopback(host))
    context.output.warn(
      `${address} can be reached from elsewhere, and tokens travel in every request: put TLS before it, and name it in admin.hosts`,
    );
  context.output.result(
    { event: 'listening', address },
    `admin page and API on ${address}, described at ${address}/openapi.json`,
  );
  if (!context.interrupted.aborted) await once(context.interrupted, 'abort');
  return EXIT_CODES.ok;
};

/** `banyan admin --openapi` */
export const printOpenApi = (context: CommandContext): ExitCode => {
  const document = openApiDocument(ABOUT, allOperations({ operations: adminOperations(context) }));
  context.output.result(document, JSON.stringify(document, null, 2));
  return EXIT_CODES.ok;
};

/** `banyan admin token NAME`: a token for its bearer, and what the server stores of it. */
export const printToken = (context: CommandContext, name: string, role: Role): ExitCode => {
  const token = freshToken();
  const entry = tokenEntry({ name, role }, token);
  context.output.result(
    { name, role, token, entry },
    [
      `For ${name}, shown this once: ${token}`,
      `For the server, in admin.tokens or in the file of admin.tokensFile (no secret):`,
      entry,
    ].join('\n'),
  );
  return EXIT_CODES.ok;
};

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
