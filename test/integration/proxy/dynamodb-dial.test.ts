import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ProxyDial } from '../../../proxy/index.ts';
import { systemClock } from '../../../services/core/index.ts';
import { DynamoDbControlStore } from '../../../services/store/dynamodb-control-store.ts';
import { describeTrafficDial } from '../../contract/traffic-dial-contract.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { send, startProxyWorld } from '../../support/proxy-world.ts';

const aws = freshAws();
const client = new DynamoDBClient(aws);
afterAll(() => client.destroy());

const makeStore = async () => {
  const table = await createTable(client, { partition: 'pk', sort: 'sk' });
  return { table, store: new DynamoDbControlStore({ client, table, clock: systemClock }) };
};

describeTrafficDial('ProxyDial on DynamoDB', async () => {
  const { store } = await makeStore();
  return new ProxyDial({ store, clock: systemClock });
});

describe('two proxies on DynamoDB', () => {
  it('serve a new weight, and the one before again', async () => {
    const { store } = await makeStore();
    // At the pace that is the default.
    const config = { pollMs: 500 };
    const worlds = [
      await startProxyWorld({ store, config, weightPercent: 0 }),
      await startProxyWorld({ store, config, weightPercent: 0 }),
    ];
    const dial = new ProxyDial({ store, clock: systemClock });
    for (const weightPercent of [100, 0]) {
      const { revision } = await dial.read('profiles');
      await dial.set('profiles', { weightPercent, by: 'test', why: '', expectedRevision: revision });
      await Promise.all(
        worlds.map(({ proxy }) =>
          eventually(async () => {
            const answer = await send(proxy.address, { path: '/profiles/1', headers: { 'x-user-id': 'u1' } });
            expect(answer.headers['x-banyan-side']).toBe(weightPercent === 100 ? 'candidate' : 'control');
          }),
        ),
      );
    }
    for (const world of worlds) await world.close();
  });

  it('keep the last weight while DynamoDB is away, and follow it again afterwards', async () => {
    const { table, store } = await makeStore();
    const line = await startLine(Number(new URL(aws.endpoint).port));
    const farClient = new DynamoDBClient({ ...aws, endpoint: `http://127.0.0.1:${line.port}` });
    const far = new DynamoDbControlStore({ client: farClient, table, clock: systemClock });
    const world = await startProxyWorld({ store: far });
    const { weights } = world.proxy.canary;
    line.cut();
    await eventually(() => expect(weights.awayBecause).toEqual(expect.any(String)));
    const before = weights.inForce('profiles').confirmedAtMs;
    const { revision } = await new ProxyDial({ store, clock: systemClock }).read('profiles');
    await new ProxyDial({ store, clock: systemClock }).set('profiles', {
      weightPercent: 0,
      by: 'test',
      why: '',
      expectedRevision: revision,
    });
    const get = () => send(world.proxy.address, { path: '/profiles/1', headers: { 'x-user-id': 'u1' } });
    expect((await get()).headers['x-banyan-side']).toBe('candidate');
    expect(weights.inForce('profiles').confirmedAtMs).toBe(before);
    await line.mend();
    await eventually(async () => expect((await get()).headers['x-banyan-side']).toBe('control'));
    await eventually(() => expect(weights.awayBecause).toBeUndefined());
    await world.close();
    farClient.destroy();
    line.cut();
  });
});

/** A way to an engine on this machine that can be cut and mended. */
const startLine = async (to: number) => {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far).pipe(near);
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  return {
    port,
    cut: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    mend: () => listen(port),
  };
};
