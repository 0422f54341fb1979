import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { type Monolith, type Somebody, startMonolith } from './start-monolith.ts';

let monolith: Monolith;
beforeAll(async () => {
  monolith = await startMonolith();
});
afterAll(() => monolith?.stop());

const bearer = ({ token }: Somebody) => ({ headers: { authorization: `Bearer ${token}` } });
const address = () => `${monolith.url.replace('http', 'ws')}/chat`;

const joined = async (somebody: Somebody): Promise<WebSocket> => {
  const socket = new WebSocket(address(), 'chat', bearer(somebody));
  await once(socket, 'open');
  return socket;
};
const heard = async (socket: WebSocket): Promise<unknown> =>
  JSON.parse(String((await once(socket, 'message'))[0]));
const refusal = async (socket: WebSocket): Promise<number | undefined> => {
  const [, response] = await once(socket, 'unexpected-response');
  response.destroy();
  return response.statusCode;
};

describe('the chat', () => {
  it('lets everybody hear what anybody says', async () => {
    const [ada, bob] = [await monolith.signUp(), await monolith.signUp()];
    const sockets = [await joined(ada), await joined(bob)];
    const all = Promise.all(sockets.map(heard));
    sockets[0]?.send(JSON.stringify({ text: 'hello\nthere' }));
    const said = { from: ada.id, text: 'hello\nthere', atMs: expect.any(Number) };
    expect(await all).toEqual([said, said]);
    for (const socket of sockets) socket.terminate();
  });

  it('takes the token as a protocol, since browsers can send no header', async () => {
    const { token } = await monolith.signUp();
    const socket = new WebSocket(address(), ['chat', `bearer.${token}`]);
    await once(socket, 'open');
    expect(socket.protocol).toBe('chat');
    socket.terminate();
  });

  it.each<[string, number, () => WebSocket]>([
    ['somebody without a token', 401, () => new WebSocket(address())],
    ['a token of nobody', 401, () => new WebSocket(address(), ['chat', `bearer.${'x'.repeat(40)}`])],
    ['another path', 404, () => new WebSocket(address().replace('/chat', '/chats'))],
  ])('answers %s with %i', async (_what, status, open) => {
    expect(await refusal(open())).toBe(status);
  });

  it.each<[string, string]>([
    ['what is no JSON', 'hello'],
    ['an empty text', '{"text":" "}'],
    ['another field', '{"text":"hello","from":"somebody else"}'],
    ['control characters', '{"text":"\\u0000"}'],
  ])('answers %s with an error, and stays open', async (_what, sent) => {
    const socket = await joined(await monolith.signUp());
    socket.send(sent);
    expect(await heard(socket)).toEqual({ error: { code: 'invalid', message: expect.any(String) } });
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
  });

  it('ends for who signs out', async () => {
    const ada = await monolith.signUp();
    const socket = await joined(ada);
    await monolith.call('DELETE', '/sessions', { as: ada });
    socket.send('{"text":"still here?"}');
    expect(await heard(socket)).toMatchObject({ error: { code: 'unauthenticated' } });
    expect((await once(socket, 'close'))[0]).toBe(1008);
  });

  it('closes on a message above 4 KiB', async () => {
    const socket = await joined(await monolith.signUp());
    socket.send('x'.repeat(5_000));
    expect((await once(socket, 'close'))[0]).toBe(1009);
  });

  it('goes on in HTTP when another protocol is asked for', async () => {
    const { hostname, port } = new URL(monolith.url);
    const socket = connect(Number(port), hostname);
    socket.write('GET /health HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n');
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /);
    socket.destroy();
  });

  it('says goodbye when the server stops', async () => {
    const other = await startMonolith();
    const { token } = await other.signUp();
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/chat`, ['chat', `bearer.${token}`]);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await other.stop();
    expect((await closed)[0]).toBe(1001);
  });
});
