import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { checkAws } from '../../../../migrations/cli/doctor-aws.ts';

describe('where the doctor finds AWS', () => {
  it('is AWS itself without an endpoint', async () => {
    expect(await checkAws(undefined)).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('itself'),
    });
  });

  it('is an endpoint that answers, whatever it says, and not one that does not', async () => {
    const server = createServer((_, response) => response.writeHead(400).end('what?')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await checkAws(endpoint)).toMatchObject({ status: 'ok', detail: `AWS_ENDPOINT_URL, ${endpoint}` });
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect(await checkAws(endpoint)).toMatchObject({
      status: 'absent',
      detail: `AWS_ENDPOINT_URL, ${endpoint}, does not answer`,
    });
  });
});
