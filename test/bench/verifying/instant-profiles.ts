import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { recordOfDocument } from '../../../services/core/index.ts';
import { itemOf } from '../../../services/store/dynamodb-item.ts';
import { aborted, serveParent } from '../child.ts';
import { userOf } from '../copying/seed-users.ts';
import { profileReading } from './profile-reading.ts';

/** What DynamoDB reads at most for a page of a scan. */
const PAGE_BYTES = 1_000_000;
const HEAD = '{"Items":[';
const KEY = /"key":\{"S":"([0-9a-f]{24})"\}/g;

const jsonOfItem = (n: number): string => {
  const record = recordOfDocument(userOf(n), profileReading.slice, profileReading.transform);
  return JSON.stringify(itemOf(record, { nowMs: 0, tombstoneTtlMs: 0 }));
};

/** The whole table as the answers to its scan, each of which names the next; and where in them each item is. */
const tableOf = (items: number): { pages: Buffer[]; item(n: number): Buffer | undefined } => {
  const pages: Buffer[] = [];
  const places = new Uint32Array(items * 3);
  for (let n = 0; n < items; ) {
    const page: string[] = [];
    for (let at = HEAD.length; n < items && at < PAGE_BYTES; n += 1) {
      const json = jsonOfItem(n);
      page.push(json);
      places.set([pages.length, at, at + json.length], n * 3);
      at += json.length + 1;
    }
    const next = n < items ? `,"LastEvaluatedKey":{"key":{"S":"page-${pages.length + 1}"}}` : '';
    pages.push(Buffer.from(`${HEAD}${page.join()}],"Count":${page.length}${next}}`, 'latin1'));
  }
  const item = (n: number) => {
    const [page = 0, from, to] = places.subarray(n * 3, n * 3 + 3);
    return pages[page]?.subarray(from, to);
  };
  return { pages, item };
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('latin1');
};

/** An endpoint that speaks Scan and BatchGetItem of a table with so many profiles, and answers at once. */
await serveParent<{ items: number }, string, null>(async ({ items }, parent) => {
  const { pages, item } = tableOf(items);
  const scan = (body: string): Buffer =>
    pages[Number(/"page-(\d+)"/.exec(body)?.[1] ?? 0)] ?? Buffer.from('{}');
  const get = (body: string): string => {
    const keys = [...body.matchAll(KEY)].map(([, key = '']) => Number.parseInt(key, 16));
    const found = keys.flatMap((n) => item(n)?.toString('latin1') ?? []);
    return `{"Responses":{"bench":[${found.join()}]},"UnprocessedKeys":{}}`;
  };
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(String(request.headers['x-amz-target']).endsWith('.Scan') ? scan(body) : get(body));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await parent.ready(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await aborted(parent.stop);
  return null;
});
