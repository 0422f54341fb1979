import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { type Monolith, PASSWORD, startMonolith } from './start-monolith.ts';

let monolith: Monolith;
beforeAll(async () => {
  monolith = await startMonolith();
});
afterAll(() => monolith?.stop());

const refusal = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.any(String) } },
});
const signIn = (body: unknown) => monolith.call('POST', '/sessions', { body });

describe('signing in', () => {
  it('starts a session of its own', async () => {
    const ada = await monolith.signUp();
    const answer = await signIn({ username: ada.username, password: PASSWORD });
    expect(answer).toMatchObject({ status: 201, body: { userId: ada.id } });
    expect(answer.body.token).not.toBe(ada.token);
    const as = { ...ada, token: answer.body.token };
    expect(await monolith.call('GET', '/timeline', { as })).toMatchObject({ status: 200 });
  });

  it('answers the same to a wrong password and to a wrong username', async () => {
    const { username } = await monolith.signUp();
    const wrongPassword = await signIn({ username, password: 'not the password' });
    const wrongUsername = await signIn({ username: 'nobody', password: PASSWORD });
    expect(wrongPassword).toMatchObject(refusal(401, 'unauthenticated'));
    expect(wrongUsername.status).toBe(401);
    expect(wrongUsername.body).toEqual(wrongPassword.body);
  });

  it.each<[string, (username: string) => unknown]>([
    ['an operator for the username', () => ({ username: { $gt: '' }, password: PASSWORD })],
    ['an operator for the password', (username) => ({ username, password: { $gt: '' } })],
    ['a pattern for the username', () => ({ username: { $regex: '.*' }, password: PASSWORD })],
    ['a list for the username', (username) => ({ username: [username], password: PASSWORD })],
    ['a password too long to hash', (username) => ({ username, password: 'x'.repeat(129) })],
    ['nothing', () => ({})],
  ])('answers 400 for %s', async (_what, body) => {
    const { username } = await monolith.signUp();
    expect(await signIn(body(username))).toMatchObject(refusal(400, 'invalid'));
  });
});

describe('a session', () => {
  it('ends by signing out, and no other with it', async () => {
    const ada = await monolith.signUp();
    const { body } = await signIn({ username: ada.username, password: PASSWORD });
    expect(await monolith.call('DELETE', '/sessions', { as: ada })).toMatchObject({ status: 204 });
    expect(await monolith.call('GET', '/timeline', { as: ada })).toMatchObject(
      refusal(401, 'unauthenticated'),
    );
    const other = { ...ada, token: body.token };
    expect(await monolith.call('GET', '/timeline', { as: other })).toMatchObject({ status: 200 });
  });

  it('ends when it expires, before MongoDB removes it', async () => {
    const ada = await monolith.signUp();
    await monolith.db
      .collection('sessions')
      .updateOne({ userId: new ObjectId(ada.id) }, { $set: { expiresAt: new Date(Date.now() - 1) } });
    expect(await monolith.call('GET', '/timeline', { as: ada })).toMatchObject(
      refusal(401, 'unauthenticated'),
    );
  });

  it('is not had by its stored hash', async () => {
    const ada = await monolith.signUp();
    const stored = await monolith.db.collection('sessions').findOne({ userId: new ObjectId(ada.id) });
    const as = { ...ada, token: String(stored?._id) };
    expect(await monolith.call('GET', '/timeline', { as })).toMatchObject(refusal(401, 'unauthenticated'));
  });

  it('is asked for in the way that HTTP says', async () => {
    const answer = await monolith.call('DELETE', '/sessions');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});
