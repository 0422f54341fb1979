import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSearchClient } from '../../../../migrations/plans/opensearch-client.ts';

describe('a client of OpenSearch', () => {
  let server: Server;
  let url: string;
  let asked: IncomingHttpHeaders | undefined;
  const before = { ...process.env };
  beforeEach(async () => {
    server = createServer((request, response) => {
      asked = request.headers;
      response.setHeader('content-type', 'application/json').end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' });
  });
  afterEach(async () => {
    process.env = { ...before };
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const ask = async (iamRegion?: string) => {
    const client = await openSearchClient({ url, iamRegion });
    await client.transport.request({ method: 'POST', path: '/people/_search', body: { size: 1 } });
    await client.close();
    return asked?.authorization;
  };

  it("signs for the region's domains with the credentials that the SDK finds", async () => {
    expect(await ask('eu-west-1')).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/es\/aws4_request, /,
    );
  });

  it('does not sign when no region is given', async () => {
    expect(await ask()).toBeUndefined();
  });
});
