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
const KEY = /"key":\{"S":"([0-9a-f]{24})"\}/g;

const jsonOfItem = (n: number): string => {
  const record = recordOfDocument(userOf(n), profileReading.slice, profileReading.transform);
  return JSON.stringify(itemOf(record, { nowMs: 0, tombstoneTtlMs: 0 }));
};

/** The whole table as the answers to its scan, each of which names the next. */
const pagesOf = (items: readonly string[]): Buffer[] => {
  const pages: string[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    if (bytes + item.length > PAGE_BYTES) {
      pages.push([]);
      bytes = 0;
    }
    pages.at(-1)?.push(item);
    bytes += item.length;
  }
  return pages.map((page, n) => {
    const next = n + 1 < pages.length ? `,"LastEvaluatedKey":{"key":{"S":"page-${n + 1}"}}` : '';
    return Buffer.from(`{"Items":[${page.join()}],"Count":${page.length}${next}}`);
  });
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('latin1');
};

/** An endpoint that speaks Scan and BatchGetItem of a table with so many profiles, and answers at once. */
await serveParent<{ items: number }, string, null>(async ({ items: count }, parent) => {
  const items = Array.from({ length: count }, (_, n) => jsonOfItem(n));
  const pages = pagesOf(items);
  const scan = (body: string): Buffer =>
    pages[Number(/"page-(\d+)"/.exec(body)?.[1] ?? 0)] ?? Buffer.from('{}');
  const get = (body: string): string => {
    const found = [...body.matchAll(KEY)].flatMap(([, key = '']) => items[Number.parseInt(key, 16)] ?? []);
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
