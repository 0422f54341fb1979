import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../../services/core/index.ts';
import type { CloudSearchField } from '../../../services/search/cloudsearch-field.ts';
import { MAX_BATCH_BYTES, parseBatch } from './document-batch.ts';
import { Domain } from './domain.ts';
import { Refusal, refuseDocuments, refuseSearch, type Service } from './refusal.ts';
import { Schema } from './schema.ts';
import { parseSearchRequest } from './search-request.ts';

export interface CloudSearchOptions {
  /** Required. The address to listen on. */
  readonly host: string;
  /** Required. 0 takes a free port. */
  readonly port: number;
  /** Required. A SQLite file, made when it is not there; `:memory:` keeps nothing. */
  readonly databaseFile: string;
  /** Required. The domain's index fields. */
  readonly fields: readonly CloudSearchField[];
}

export interface RunningCloudSearch {
  /** Serves documents and searches alike: give it to the SDK as either endpoint. */
  readonly endpoint: string;
  /** May be called again. */
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Starts a CloudSearch domain on this machine: the 2013-01-01 endpoints `documents/batch` and `search`, as
 * `@aws-sdk/client-cloudsearch-domain` calls them. Signatures are not checked.
 * @throws UsageError for fields that CloudSearch does not allow or that differ from the file's.
 */
export const startCloudSearch = async (options: CloudSearchOptions): Promise<RunningCloudSearch> => {
  const schema = new Schema(options.fields);
  const domain = new Domain(options.databaseFile, schema);
  const server = createServer((request, response) => {
    answer(request, domain, schema).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => send(response, 500, { __type: '#InternalException', message: messageOf(error) }),
    );
  });
  // Longer than clients keep idle connections, so that none is closed under a request.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(options.port, options.host, listening);
  });
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    await new Promise((closed) => {
      server.close(closed);
      server.closeAllConnections();
    });
    domain.close();
  };
  let closing: Promise<void> | undefined;
  const stop = () => {
    closing ??= close();
    return closing;
  };
  return { endpoint: `http://${options.host}:${port}`, stop };
};

const answer = async (request: IncomingMessage, domain: Domain, schema: Schema): Promise<Answer> => {
  const url = new URL(request.url ?? '/', 'http://local');
  const startedMs = performance.now();
  try {
    if (url.pathname === '/2013-01-01/documents/batch' && request.method === 'POST') {
      const operations = parseBatch(await jsonBody(request), schema.fields);
      return { status: 200, body: { status: 'success', ...domain.apply(operations) } };
    }
    if (url.pathname === '/2013-01-01/search') {
      const search = parseSearchRequest(await searchParams(request, url), schema);
      const hits = domain.search(search);
      return { status: 200, body: { status: { rid: randomUUID(), timems: since(startedMs) }, hits } };
    }
    return {
      status: 404,
      body: { __type: '#ResourceNotFoundException', message: `nothing is at ${url.pathname}` },
    };
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: refused(error) };
    throw error;
  }
};

const EXCEPTIONS: { readonly [service in Service]: string } = {
  document: '#DocumentServiceException',
  search: '#SearchException',
};

const refused = ({ service, message }: Refusal) => ({
  __type: EXCEPTIONS[service],
  message,
  ...(service === 'document'
    ? { status: 'error', adds: 0, deletes: 0 }
    : { error: { rid: randomUUID(), message } }),
});

const jsonBody = async (request: IncomingMessage): Promise<Uint8Array> => {
  const type = request.headers['content-type'] ?? '';
  const body = await readBody(request);
  if (!/^application\/json\b/.test(type)) {
    throw refuseDocuments(
      `The local endpoint takes application/json, not ${type || 'a body without a type'}`,
      415,
    );
  }
  return body;
};

/** A search comes as a GET, or, when it is long, as a form. */
const searchParams = async (request: IncomingMessage, url: URL): Promise<URLSearchParams> => {
  if (request.method === 'GET') return url.searchParams;
  if (request.method !== 'POST') throw refuseSearch(`${request.method} is not allowed here`);
  const form = new URLSearchParams(Buffer.from(await readBody(request)).toString());
  return new URLSearchParams([...url.searchParams, ...form]);
};

/** Reads one byte more than a batch may have at most, so that a larger one is refused without being kept. */
const readBody = async (request: IncomingMessage): Promise<Uint8Array> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    if (bytes <= MAX_BATCH_BYTES) parts.push(part);
    bytes += part.byteLength;
  }
  return Buffer.concat(parts);
};

const since = (startedMs: number): number => Math.round(performance.now() - startedMs);

const send = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
