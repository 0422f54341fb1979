import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aborted, serveParent } from '../child.ts';

/** What a call's items are told by; absent for one that has one. */
const ITEM: { readonly [call: string]: string } = {
  BatchExecuteStatement: '"Statement"',
  TransactWriteItems: '"Put"',
};

/** Counts without parsing, so that the endpoint takes no time that belongs to its client. */
const countOf = (call: string, body: () => string): number => {
  const item = ITEM[call];
  return item === undefined ? 1 : body().split(item).length - 1;
};

/** An endpoint that speaks PutItem, BatchExecuteStatement and TransactWriteItems, takes everything, keeps nothing, and answers at once. */
await serveParent<null, string, number>(async (_, parent) => {
  let items = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const call = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
      const count = countOf(call, () => Buffer.concat(parts).toString('latin1'));
      items += count;
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      const one = '{"TableName":"bench"}';
      const isBatch = call === 'BatchExecuteStatement';
      response.end(isBatch ? `{"Responses":[${Array(count).fill(one).join(',')}]}` : '{}');
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await parent.ready(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await aborted(parent.stop);
  return items;
});
