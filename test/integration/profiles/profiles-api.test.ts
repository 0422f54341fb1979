import { createHash } from 'node:crypto';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { entityKeyOf, systemClock } from '../../../services/core/index.ts';
import { Outbox } from '../../../services/outbox/index.ts';
import { ProfilesClient } from '../../../services/profiles/client.ts';
import { PROFILES_SLICE } from '../../../services/profiles/profile.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';
import { describeProfilesApi } from '../../contract/profiles-http-contract.ts';
import { startProfilesApi } from '../../support/running-profiles-api.ts';

describeProfilesApi('the profiles service', startProfilesApi);

describe('the profiles service', () => {
  let api: Awaited<ReturnType<typeof startProfilesApi>>;
  let store: DynamoDbStore;
  const profile = { username: 'ada', firstName: 'Ada', lastName: 'Lovelace', bio: 'b', avatarUrl: '' };

  beforeAll(async () => {
    api = await startProfilesApi();
    store = new DynamoDbStore({ client: api.client, table: api.table, clock: systemClock });
  });
  beforeEach(() => {
    api.lines.length = 0;
    api.counts.length = 0;
  });
  afterAll(() => api.stop());

  const addUser = async () => {
    const _id = new ObjectId();
    const token = `${_id}-${_id}`;
    await api.db.collection('users').insertOne({ _id, ...profile, followerCount: 1, createdAt: new Date() });
    const session = { _id: createHash('sha256').update(token).digest('hex'), userId: _id };
    await api.db
      .collection<{ _id: string }>('sessions')
      .insertOne({ ...session, expiresAt: new Date(Date.now() + 60_000) } as { _id: string });
    return { _id, key: entityKeyOf(_id), token };
  };
  const call = (
    method: string,
    key: string,
    more: { token?: string; body?: object; headers?: object } = {},
  ) =>
    fetch(`${api.baseUrl}/profiles/${key}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...more.headers,
        ...(more.token ? { authorization: `Bearer ${more.token}` } : {}),
      },
      ...(more.body ? { body: JSON.stringify(more.body) } : {}),
    });

  it('fills its own table on a miss, and answers from it from then on', async () => {
    const { _id, key } = await addUser();
    await call('GET', key);
    expect(await store.get([key])).toEqual([{ key, version: 0, state: profile }]);
    await api.db.collection('users').updateOne({ _id }, { $set: { bio: 'behind its back' } });
    expect(await (await call('GET', key)).json()).toEqual({ id: key, ...profile });
    expect(api.counts).toEqual(['readThrough.written']);
  });

  it("copies a change on at the slice's version", async () => {
    const { _id, key, token } = await addUser();
    await call('PUT', key, { token, body: { bio: 'new' } });
    const user = await api.db.collection('users').findOne({ _id });
    expect(await store.get([key])).toEqual([
      { key, version: user?._banyan[PROFILES_SLICE], state: { ...profile, bio: 'new' } },
    ]);
    expect(api.counts).toEqual(['writeThrough.written']);
  });

  it('copies a deletion on as a tombstone, signs the user out for good, and leaves the rest to the worker', async () => {
    const { _id, key, token } = await addUser();
    await api.db.collection('credentials').insertOne({ _id, email: 'a@example.com' });
    const response = await call('DELETE', key, { token });
    expect(response.headers.get('x-entity-version')).toMatch(/^\d{16}$/);
    expect(await store.get([key])).toMatchObject([{ key, state: null }]);
    const left = await Promise.all(
      ['users', 'credentials', 'sessions'].map((name) =>
        api.db.collection(name).countDocuments({ $or: [{ _id }, { userId: _id }] }),
      ),
    );
    expect(left).toEqual([0, 0, 0]);
    expect(await api.db.collection('deletions').find().toArray()).toContainEqual({
      _id,
      deletedAt: expect.any(Date),
    });
  });

  it('answers 404 for a user whom the monolith deleted before the service knew of them', async () => {
    const outbox = new Outbox({ client: api.db.client, db: api.db, clock: systemClock, source: '/monolith' });
    await outbox.open();
    const { _id, key } = await addUser();
    await outbox.transaction((tx) => tx.delete(userEntity, _id, 'user.deleted'));
    expect((await call('GET', key)).status).toBe(404);
    expect(await store.get([key])).toMatchObject([{ key, state: null }]);
  });

  it('answers HEAD as GET, without a body', async () => {
    const { key } = await addUser();
    const response = await call('HEAD', key);
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect((await call('HEAD', new ObjectId().toHexString())).status).toBe(404);
  });

  it('understands its client', async () => {
    const { key, token } = await addUser();
    const client = new ProfilesClient({ baseUrl: api.baseUrl, timeoutMs: 5_000 });
    expect(await client.get(key)).toEqual({ id: key, ...profile });
    const changed = await client.change(key, token, { firstName: 'Augusta' });
    expect(changed).toMatchObject({ id: key, firstName: 'Augusta', version: expect.any(Number) });
    await expect(client.change(key, 'nobodys-token-at-all', { bio: 'x' })).rejects.toMatchObject({
      status: 401,
      code: 'unauthenticated',
    });
    expect(await client.remove(key, token)).toBeGreaterThan(changed?.version ?? Number.NaN);
    expect(await client.get(key)).toBeUndefined();
  });

  it('refuses a body of more than 16 KiB', async () => {
    const { key, token } = await addUser();
    const response = await call('PUT', key, { token, body: { bio: 'x'.repeat(17_000) } });
    expect([response.status, await response.json()]).toEqual([
      413,
      { error: { code: 'too-large', message: 'the body is larger than 16 KiB' } },
    ]);
  });

  it('does not change a user whose profile cannot be read', async () => {
    const { _id, key, token } = await addUser();
    await api.db.collection('users').updateOne({ _id }, { $set: { lastName: 7 } });
    expect((await call('GET', key)).status).toBe(500);
    expect((await call('PUT', key, { token, body: { bio: 'new' } })).status).toBe(500);
    expect(await api.db.collection('users').findOne({ _id })).toMatchObject({ bio: 'b', lastName: 7 });
    expect(await api.db.collection('outbox').countDocuments({ key })).toBe(0);
  });

  it('logs a line for each request, and no body, token or id', async () => {
    const { key, token } = await addUser();
    await call('GET', key);
    await call('PUT', key, { token, body: { bio: 'secret words' } });
    await call('PUT', key, { body: { bio: 'secret words' } });
    const line = (route: string, status: number) => ({
      level: 'info',
      message: 'answered',
      details: { route, status, ms: expect.any(Number), traceId: expect.stringMatching(/^[0-9a-f]{32}$/) },
    });
    expect(api.lines).toEqual([
      line('GET /profiles/{id}', 200),
      line('PUT /profiles/{id}', 200),
      line('PUT /profiles/{id}', 401),
    ]);
  });

  it.each([
    ['PUT', { bio: 'traced' }],
    ['DELETE', undefined],
  ])('carries the trace of a %s on to the event, and to its log', async (method, body) => {
    const { key, token } = await addUser();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    await call(method, key, { token, ...(body && { body }), headers: { traceparent } });
    const row = await api.db.collection('outbox').findOne({ key });
    expect(JSON.parse(row?.event)).toMatchObject({ traceparent });
    expect(api.lines).toMatchObject([{ details: { traceId } }]);
  });

  it('keeps an acknowledged change although the table is away, and says so', async () => {
    const own = await startProfilesApi();
    const _id = new ObjectId();
    const token = `${_id}-${_id}`;
    await own.db.collection('users').insertOne({ _id, ...profile });
    await own.db.collection<{ _id: string; userId: ObjectId; expiresAt: Date }>('sessions').insertOne({
      _id: createHash('sha256').update(token).digest('hex'),
      userId: _id,
      expiresAt: new Date(Date.now() + 60_000),
    });
    await own.client.send(new DeleteTableCommand({ TableName: own.table }));
    const response = await fetch(`${own.baseUrl}/profiles/${_id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: '{"bio":"kept"}',
    });
    expect([response.status, await response.json()]).toMatchObject([200, { bio: 'kept' }]);
    expect(await own.db.collection('users').findOne({ _id })).toMatchObject({ bio: 'kept' });
    expect(own.counts).toEqual(['writeThrough.failed']);
    expect(own.lines.map(({ level }) => level)).toEqual(['error', 'info']);
    await own.stop();
  });
});
