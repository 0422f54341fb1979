import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ProfilesApiError, ProfilesClient } from '../../../services/profiles/client.ts';

const profile = { id: 'a1', username: 'ada', firstName: 'Ada', lastName: 'L', bio: '', avatarUrl: '' };
let stop: () => void = () => undefined;
afterEach(() => stop());

const serving = async (answer: RequestListener, timeoutMs = 1_000): Promise<ProfilesClient> => {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return new ProfilesClient({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    timeoutMs,
  });
};
const answering = (status: number, body: unknown, headers = {}) =>
  serving((_request, response) => response.writeHead(status, headers).end(body && JSON.stringify(body)));

describe('ProfilesClient', () => {
  it('answers a profile', async () => {
    expect(await (await answering(200, profile)).get('a1')).toEqual(profile);
  });

  it('answers undefined for a user that does not exist', async () => {
    const client = await answering(404, { error: { code: 'not-found', message: 'no' } });
    expect(await client.get('a1')).toBeUndefined();
    expect(await client.change('a1', 'token', { bio: 'x' })).toBeUndefined();
    expect(await client.remove('a1', 'token')).toBeUndefined();
  });

  it('sends changes with the token, and answers the profile with its version', async () => {
    const seen: unknown[] = [];
    const client = await serving(async (request, response) => {
      const { method, url, headers } = request;
      const chunks = await request.toArray();
      seen.push(method, url, headers.authorization, headers['content-type'], String(Buffer.concat(chunks)));
      response.end(JSON.stringify({ ...profile, version: 7 }));
    });
    expect(await client.change('a/1', 'token', { bio: 'x' })).toEqual({ ...profile, version: 7 });
    expect(seen).toEqual(['PUT', '/profiles/a%2F1', 'Bearer token', 'application/json', '{"bio":"x"}']);
  });

  it('answers the version of a deletion', async () => {
    const client = await answering(204, undefined, { 'x-entity-version': '1700000000000001' });
    expect(await client.remove('a1', 'token')).toBe(1_700_000_000_000_001);
  });

  it.each<[number, boolean]>([
    [400, false],
    [401, false],
    [403, false],
    [429, true],
    [503, true],
  ])('throws a refusal with status %d, retryable: %s', async (status, retryable) => {
    const client = await answering(status, { error: { code: 'some-code', message: 'a reason' } });
    const refusal = { status, retryable, code: 'some-code', message: 'a reason' };
    const changing = client.change('a1', 'token', { bio: 'x' });
    await expect(changing).rejects.toBeInstanceOf(ProfilesApiError);
    await expect(changing).rejects.toMatchObject(refusal);
  });

  it('throws for an answer that is no JSON, by its status', async () => {
    const client = await serving((_request, response) => response.writeHead(502).end('<html>'));
    const refusal = { status: 502, code: 'refused', message: 'GET was answered 502', retryable: true };
    await expect(client.get('a1')).rejects.toMatchObject(refusal);
  });

  it('throws a retryable error when nobody answers in time, or at all', async () => {
    const silent = { status: 0, code: 'no-answer', retryable: true };
    await expect((await serving(() => undefined, 50)).get('a1')).rejects.toMatchObject(silent);
    stop();
    const nobody = new ProfilesClient({ baseUrl: 'http://127.0.0.1:9', timeoutMs: 1_000 });
    await expect(nobody.get('a1')).rejects.toMatchObject(silent);
  });
});
