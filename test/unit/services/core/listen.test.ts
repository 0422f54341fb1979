import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../../../../services/core/index.ts';
import { listen } from '../../../../services/core/listen.ts';

const advice = 'choose another port';

describe('listen', () => {
  it('answers the address with the port that was free', async () => {
    const server = createServer();
    const url = await listen(server, { host: '127.0.0.1', port: 0, advice });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    server.close();
  });

  it('writes an IPv6 address as URLs do', async () => {
    const server = createServer();
    expect(await listen(server, { host: '::1', port: 0, advice })).toMatch(/^http:\/\/\[::1\]:\d+$/);
    server.close();
  });

  it('says that a port is taken, and what to do', async () => {
    const first = createServer();
    const { port } = new URL(await listen(first, { host: '127.0.0.1', port: 0, advice }));
    const second = listen(createServer(), { host: '127.0.0.1', port: Number(port), advice });
    const refusal = await second.catch((thrown: unknown) => thrown);
    first.close();
    expect(refusal).toBeInstanceOf(UsageError);
    expect(refusal).toMatchObject({ message: `127.0.0.1:${port} is taken: choose another port` });
  });

  it("says that an address is somebody else's", async () => {
    const elsewhere = listen(createServer(), { host: '192.0.2.1', port: 0, advice });
    await expect(elsewhere).rejects.toThrow('192.0.2.1:0 is not an address here: choose another port');
  });
});
