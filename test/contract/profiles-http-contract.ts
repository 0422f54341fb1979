import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Db, ObjectId } from 'mongodb';

/** A running server of the profiles API and the monolith's database behind it. */
export interface RunningProfilesApi {
  /** Without a slash at its end: `${baseUrl}/profiles/${id}` is a profile. */
  readonly baseUrl: string;
  readonly db: Db;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly [field: string]: unknown } | undefined;
}

const HOUR_MS = 3_600_000;
const PROFILE = {
  username: 'ada.lovelace',
  firstName: 'Ada',
  lastName: 'Lovelace',
  bio: 'First of her kind.',
  avatarUrl: 'https://img.example.com/ada.png',
};

/**
 * What whoever serves `/profiles/:id` promises, the monolith and the service alike: profiles are public to
 * read, and their owner's to change and to delete (a profile is its user: deleting one deletes the other).
 * A session is a row `{ _id: sha256(token) in hex, userId: ObjectId, expiresAt: Date }` of `sessions`. Refusals
 * come in this order: 401, 403, 400, 404.
 */
export const describeProfilesApi = (name: string, start: () => Promise<RunningProfilesApi>): void => {
  describe(`the profiles API of ${name}`, () => {
    let api: RunningProfilesApi;
    let added = 0;

    beforeAll(async () => {
      api = await start();
    });
    afterAll(() => api?.stop());

    /** A user as the monolith's past left it: without any version. */
    const addUser = async () => {
      const _id = new ObjectId();
      added += 1;
      const user = { _id, ...PROFILE, username: `${PROFILE.username}.${added}` };
      await api.db.collection('users').insertOne({ ...user, followerCount: 7, createdAt: new Date() });
      const profile = { id: _id.toHexString(), ...PROFILE, username: user.username };
      return { profile, id: profile.id, token: await addSession(_id, HOUR_MS) };
    };

    const addSession = async (userId: ObjectId, expiresInMs: number): Promise<string> => {
      const token = randomBytes(32).toString('base64url');
      const row = {
        _id: createHash('sha256').update(token).digest('hex') as unknown as ObjectId,
        userId,
        expiresAt: new Date(Date.now() + expiresInMs),
      };
      await api.db.collection('sessions').insertOne(row);
      return token;
    };

    const call = async (
      method: string,
      id: string,
      options: { token?: string; authorization?: string; body?: unknown } = {},
    ): Promise<Answer> => {
      const authorization = options.authorization ?? (options.token && `Bearer ${options.token}`);
      const response = await fetch(`${api.baseUrl}/profiles/${id}`, {
        method,
        headers: {
          ...(authorization ? { authorization } : {}),
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(options.body === undefined
          ? {}
          : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text ? JSON.parse(text) : undefined,
      };
    };

    const expectRefusal = (answer: Answer, status: number, code: string) => {
      expect({ status: answer.status, body: answer.body }).toEqual({
        status,
        body: { error: { code, message: expect.stringMatching(/./) } },
      });
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    };

    const storedUser = (id: string) => api.db.collection('users').findOne({ _id: new ObjectId(id) });

    /** The last event that the outbox holds for a user. */
    const lastEvent = async (id: string) => {
      const [row] = await api.db.collection('outbox').find({ key: id }).sort({ _id: -1 }).limit(1).toArray();
      return row && JSON.parse(row.event);
    };

    describe('GET', () => {
      it('answers a profile and nothing else of its user, to anybody', async () => {
        const { profile, id } = await addUser();
        const answer = await call('GET', id);
        expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: profile });
        expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      });

      it('answers 404 for a user that does not exist', async () => {
        expectRefusal(await call('GET', new ObjectId().toHexString()), 404, 'not-found');
      });

      it.each(['no-id', '123', `${'0'.repeat(23)}g`, '%7B%22$gt%22:%22%22%7D'])(
        'answers 404 for %s, which is nobody’s id',
        async (id) => {
          expectRefusal(await call('GET', id), 404, 'not-found');
        },
      );
    });

    describe('PUT', () => {
      it('changes what it names, keeps the rest, and answers the whole profile with its version', async () => {
        const { profile, id, token } = await addUser();
        const answer = await call('PUT', id, { token, body: { firstName: 'Augusta', bio: '' } });
        const changed = { ...profile, firstName: 'Augusta', bio: '' };
        expect({ status: answer.status, body: answer.body }).toEqual({
          status: 200,
          body: { ...changed, version: expect.any(Number) },
        });
        expect((await call('GET', id)).body).toEqual(changed);
        expect(await storedUser(id)).toMatchObject({ firstName: 'Augusta', lastName: 'Lovelace', bio: '' });
      });

      it('answers the entity version that is stored, and a higher one for every change', async () => {
        const { id, token } = await addUser();
        const first = await call('PUT', id, { token, body: { bio: 'one' } });
        const second = await call('PUT', id, { token, body: { bio: 'two' } });
        expect(Number.isSafeInteger(first.body?.version)).toBe(true);
        expect(Number(second.body?.version)).toBeGreaterThan(Number(first.body?.version));
        expect((await storedUser(id))?._banyan).toEqual({
          entity: second.body?.version,
          profiles: second.body?.version,
        });
      });

      it('leaves an event with the whole user', async () => {
        const { id, token } = await addUser();
        const answer = await call('PUT', id, { token, body: { lastName: 'King' } });
        expect(await lastEvent(id)).toMatchObject({
          type: 'user.profile-updated',
          subject: id,
          version: String(answer.body?.version),
          data: { lastName: 'King', firstName: 'Ada', followerCount: 7 },
        });
      });

      it('takes a value that looks like an operator or a field path as text', async () => {
        const { id, token } = await addUser();
        const body = { firstName: '$lastName', lastName: '$$ROOT', bio: '{"$set": 1}' };
        expect((await call('PUT', id, { token, body })).status).toBe(200);
        expect((await call('GET', id)).body).toMatchObject(body);
      });

      it('does not see a profile that was read before its change', async () => {
        const { id, token } = await addUser();
        await call('GET', id);
        await call('PUT', id, { token, body: { avatarUrl: 'https://img.example.com/new.png' } });
        expect((await call('GET', id)).body).toMatchObject({ avatarUrl: 'https://img.example.com/new.png' });
      });

      it.each<[string, unknown]>([
        ['nothing at all', undefined],
        ['an empty object', {}],
        ['a list', [{ firstName: 'Eve' }]],
        ['broken JSON', '{"firstName": "Eve"'],
        ['the username, which stays', { username: 'eve' }],
        ['a field of the user that is not the profile’s', { firstName: 'Eve', followerCount: 9 }],
        ['an operator for a value', { firstName: { $gt: '' } }],
        ['a number for a name', { firstName: 1 }],
        ['an empty name', { firstName: '' }],
        ['a name of 81 characters', { lastName: 'x'.repeat(81) }],
        ['a bio of 501 characters', { bio: 'x'.repeat(501) }],
        ['an avatar that is no URL', { avatarUrl: 'avatar' }],
        ['an avatar that runs a script', { avatarUrl: 'javascript:alert(1)' }],
      ])('answers 400 for %s and changes nothing', async (_what, body) => {
        const { profile, id, token } = await addUser();
        expectRefusal(await call('PUT', id, { token, body }), 400, 'invalid');
        expect((await call('GET', id)).body).toEqual(profile);
        expect(await lastEvent(id)).toBeUndefined();
      });

      it('answers 404 for an owner that is gone', async () => {
        const { id, token } = await addUser();
        await api.db.collection('users').deleteOne({ _id: new ObjectId(id) });
        expectRefusal(await call('PUT', id, { token, body: { bio: 'late' } }), 404, 'not-found');
      });
    });

    describe('DELETE', () => {
      it('removes the profile, answering its last version and nothing else', async () => {
        const { id, token } = await addUser();
        const answer = await call('DELETE', id, { token });
        expect({ status: answer.status, body: answer.body }).toEqual({ status: 204, body: undefined });
        expect(Number(answer.headers.get('x-entity-version'))).toBeGreaterThan(0);
        expectRefusal(await call('GET', id), 404, 'not-found');
        expect(await storedUser(id)).toBeNull();
      });

      it('leaves a tombstone event above every version before it', async () => {
        const { id, token } = await addUser();
        const put = await call('PUT', id, { token, body: { bio: 'last words' } });
        const deleted = await call('DELETE', id, { token });
        const version = deleted.headers.get('x-entity-version');
        expect(Number(version)).toBeGreaterThan(Number(put.body?.version));
        expect(await lastEvent(id)).toMatchObject({
          type: 'user.deleted',
          deleted: true,
          subject: id,
          version,
        });
      });

      it('stays deleted when it was read before', async () => {
        const { id, token } = await addUser();
        await call('GET', id);
        await call('DELETE', id, { token });
        expectRefusal(await call('GET', id), 404, 'not-found');
      });

      it('leaves nothing that its token could still do', async () => {
        const { id, token } = await addUser();
        await call('DELETE', id, { token });
        const again = await call('DELETE', id, { token });
        const put = await call('PUT', id, { token, body: { bio: 'back' } });
        expect([401, 404]).toContain(again.status);
        expect([401, 404]).toContain(put.status);
        expect(await storedUser(id)).toBeNull();
      });
    });

    describe.each([
      ['PUT', { bio: 'not mine' }],
      ['DELETE', undefined],
    ])('%s and its owner', (method, body) => {
      it('answers 401 without a token', async () => {
        const { id } = await addUser();
        expectRefusal(await call(method, id, { body }), 401, 'unauthenticated');
      });

      it.each(['Bearer', 'Bearer ', 'Bearer nobodys-token', 'Basic YTpi', `Bearer ${'x'.repeat(4_000)}`])(
        'answers 401 for the authorization %.30s',
        async (authorization) => {
          const { id } = await addUser();
          expectRefusal(await call(method, id, { body, authorization }), 401, 'unauthenticated');
        },
      );

      it('answers 401 for a session that has expired, whether or not its row is gone', async () => {
        const { id } = await addUser();
        const token = await addSession(new ObjectId(id), -1_000);
        expectRefusal(await call(method, id, { body, token }), 401, 'unauthenticated');
      });

      it('answers 403 for somebody else’s token, and changes nothing', async () => {
        const { profile, id } = await addUser();
        const { token } = await addUser();
        expectRefusal(await call(method, id, { body, token }), 403, 'forbidden');
        expect((await call('GET', id)).body).toEqual(profile);
      });

      it('answers 403 to anybody for an id that is nobody’s', async () => {
        const { token } = await addUser();
        expectRefusal(await call(method, 'no-id', { body, token }), 403, 'forbidden');
      });
    });
  });
};
