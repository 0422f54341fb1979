import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aborted, serveParent } from '../child.ts';

const STATEMENT = '"Statement"';

/** Counts without parsing, so that the endpoint takes no time that belongs to its client. */
const countStatements = (body: string): number => body.split(STATEMENT).length - 1;

/** An endpoint that speaks PutItem and BatchExecuteStatement, takes everything, keeps nothing, and answers at once. */
await serveParent<null, string, number>(async (_, parent) => {
  let items = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const isBatch = String(request.headers['x-amz-target']).endsWith('.BatchExecuteStatement');
      const statements = isBatch ? countStatements(Buffer.concat(parts).toString('latin1')) : 1;
      items += statements;
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      const one = '{"TableName":"bench"}';
      response.end(isBatch ? `{"Responses":[${Array(statements).fill(one).join(',')}]}` : '{}');
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await parent.ready(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await aborted(parent.stop);
  return items;
});
