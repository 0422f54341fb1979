import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { documentOf } from '../../../services/core/index.ts';
import { type Monolith, type Somebody, startMonolith } from './start-monolith.ts';

let monolith: Monolith;
beforeAll(async () => {
  monolith = await startMonolith();
});
afterAll(() => monolith?.stop());

const refusal = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.any(String) } },
});
const post = (as: Somebody, text: string) => monolith.call('POST', '/yubls', { as, body: { text } });

describe('posting a yubl', () => {
  it('stores it with a version and an event on the stream yubls', async () => {
    const author = await monolith.signUp();
    const answer = await post(author, ' hello\nworld ');
    expect(answer).toMatchObject({ status: 201, body: { text: 'hello\nworld' } });
    const { id, version } = answer.body;
    const [event] = await monolith.events(id);
    expect(event).toMatchObject({ type: 'yubl.posted', subject: id, version: String(version) });
    expect(event && documentOf(event)).toMatchObject({ text: 'hello\nworld', _banyan: { entity: version } });
    expect(await monolith.db.collection('outbox').findOne({ key: id })).toMatchObject({ stream: 'yubls' });
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['281 characters', { text: 'x'.repeat(281) }],
    ['an operator', { text: { $gt: '' } }],
  ])('answers 400 for %s', async (_what, body) => {
    const as = await monolith.signUp();
    expect(await monolith.call('POST', '/yubls', { as, body })).toMatchObject(refusal(400, 'invalid'));
  });

  it('answers 401 to strangers, before it reads what they sent', async () => {
    expect(await monolith.call('POST', '/yubls', { body: '{' })).toMatchObject(
      refusal(401, 'unauthenticated'),
    );
  });
});

describe('deleting a yubl', () => {
  const remove = (as: Somebody | undefined, id: string) =>
    monolith.call('DELETE', `/yubls/${id}`, as ? { as } : {});

  it('leaves a tombstone with the version that was answered', async () => {
    const author = await monolith.signUp();
    const { id, version } = (await post(author, 'oops')).body;
    const answer = await remove(author, id);
    expect(answer).toMatchObject({ status: 204, body: undefined });
    const answered = answer.headers.get('x-entity-version');
    expect(Number(answered)).toBeGreaterThan(version);
    expect((await monolith.events(id)).at(-1)).toMatchObject({
      type: 'yubl.deleted',
      deleted: true,
      version: answered,
    });
    expect((await monolith.call('GET', '/timeline', { as: author })).body).toEqual({ yubls: [] });
    expect(await remove(author, id)).toMatchObject(refusal(404, 'not-found'));
  });

  it('takes one of before the outbox', async () => {
    const author = await monolith.signUp();
    const legacy = { _id: new ObjectId(), authorId: new ObjectId(author.id), text: 'old' };
    await monolith.db.collection('yubls').insertOne(legacy);
    expect(await remove(author, legacy._id.toHexString())).toMatchObject({ status: 204 });
    expect(await monolith.events(legacy._id.toHexString())).toMatchObject([{ type: 'yubl.deleted' }]);
  });

  it('is for its author', async () => {
    const [author, other] = [await monolith.signUp(), await monolith.signUp()];
    const { id } = (await post(author, 'mine')).body;
    expect(await remove(other, id)).toMatchObject(refusal(403, 'forbidden'));
    expect(await remove(undefined, id)).toMatchObject(refusal(401, 'unauthenticated'));
    expect(await monolith.events(id)).toHaveLength(1);
  });

  it.each(['none', new ObjectId().toHexString()])('answers 404 for %s', async (id) => {
    expect(await remove(await monolith.signUp(), id)).toMatchObject(refusal(404, 'not-found'));
  });
});

describe('the timeline', () => {
  it('holds one’s own yubls and those of whom one follows, newest first, with their authors', async () => {
    const reader = await monolith.signUp();
    const author = await monolith.signUp({ firstName: 'Grace', avatarUrl: 'https://img.example.com/g.png' });
    const stranger = await monolith.signUp();
    await monolith.call('PUT', `/users/${reader.id}/following/${author.id}`, { as: reader });
    await post(reader, 'first');
    await post(stranger, 'unseen');
    await post(author, 'second');
    const answer = await monolith.call('GET', '/timeline', { as: reader });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        yubls: [
          {
            text: 'second',
            author: {
              id: author.id,
              username: author.username,
              firstName: 'Grace',
              lastName: 'Lovelace',
              avatarUrl: 'https://img.example.com/g.png',
            },
          },
          { text: 'first', author: { id: reader.id } },
        ],
      },
    });
    expect(answer.body.yubls).toHaveLength(2);
  });

  it('does not show those who have left, whatever is left of them', async () => {
    const reader = await monolith.signUp();
    const authorId = new ObjectId();
    const follow = { followerId: new ObjectId(reader.id), followeeId: authorId };
    await monolith.db.collection('follows').insertOne(follow);
    await monolith.db.collection('yubls').insertOne({ authorId, text: 'gone', createdAt: new Date() });
    expect((await monolith.call('GET', '/timeline', { as: reader })).body).toEqual({ yubls: [] });
  });

  it('ends after fifty', async () => {
    const author = await monolith.signUp();
    for (let at = 0; at < 51; at += 1) await post(author, `yubl ${at}`);
    const { body } = await monolith.call('GET', '/timeline', { as: author });
    expect(body.yubls).toHaveLength(50);
    expect(body.yubls[0]).toMatchObject({ text: 'yubl 50' });
  });

  it('answers 401 to strangers', async () => {
    expect(await monolith.call('GET', '/timeline')).toMatchObject(refusal(401, 'unauthenticated'));
  });
});
