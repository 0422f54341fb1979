import { once } from 'node:events';
import { Agent, get, type IncomingMessage, type RequestListener } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { listen } from '../../../../../monolith/app/http/listen.ts';

const serve = (listener: RequestListener) => listen(listener, { host: '127.0.0.1', port: 0 });

const ask = async (url: string, agent: Agent): Promise<IncomingMessage> => {
  const [response] = await once(get(url, { agent }), 'response');
  response.resume();
  await once(response, 'end');
  return response;
};

describe('listen', () => {
  it('lets a request under way end before it has stopped', async () => {
    const arrived = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const server = await serve(async (_request, response) => {
      arrived.resolve();
      await mayEnd.promise;
      response.end('late');
    });
    const answer = fetch(server.url).then((response) => response.text());
    await arrived.promise;
    const stopped = server.stop(60_000);
    mayEnd.resolve();
    expect(await answer).toBe('late');
    await stopped;
  });

  it('tells whoever is still sending on a kept connection to go elsewhere', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const arrived = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const server = await serve(async (_request, response) => {
      arrived.resolve();
      await mayEnd.promise;
      response.end();
    });
    const first = ask(server.url, agent);
    await arrived.promise;
    const second = ask(server.url, agent);
    const stopped = server.stop(60_000);
    mayEnd.resolve();
    await first;
    expect((await second).headers.connection).toBe('close');
    await stopped;
  });

  it('does not wait for connections that nobody uses', async () => {
    const agent = new Agent({ keepAlive: true });
    const server = await serve((_request, response) => void response.end());
    await ask(server.url, agent);
    await server.stop(60_000);
    agent.destroy();
    await expect(ask(server.url, agent)).rejects.toThrow('ECONNREFUSED');
  });

  it('cuts a request that does not end within the grace', async () => {
    const arrived = Promise.withResolvers<void>();
    const server = await serve(() => arrived.resolve());
    const answer = expect(fetch(server.url)).rejects.toMatchObject({ cause: { code: 'UND_ERR_SOCKET' } });
    await arrived.promise;
    await server.stop(50);
    await answer;
  });

  it('rejects an address that is taken', async () => {
    const server = await serve(() => undefined);
    const port = Number(new URL(server.url).port);
    await expect(listen(() => undefined, { host: '127.0.0.1', port })).rejects.toThrow(
      `127.0.0.1:${port} is taken: set HOST or PORT to a free address`,
    );
    await server.stop(0);
  });
});
