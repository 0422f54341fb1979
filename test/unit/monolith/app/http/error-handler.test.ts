import { describe, expect, it, jest } from '@jest/globals';
import type { NextFunction, Request, Response } from 'express';
import { MongoNetworkError } from 'mongodb';
import type { Logger } from 'pino';
import { errorHandler } from '../../../../../monolith/app/http/error-handler.ts';
import { HttpError, unauthenticated } from '../../../../../monolith/app/http/http-error.ts';
import { BanyanError } from '../../../../../services/core/index.ts';

const answerTo = (thrown: unknown) => {
  const answer = { status: 200, body: undefined as unknown, headers: {} as { [name: string]: string } };
  const response = {
    headersSent: false,
    status(status: number) {
      answer.status = status;
      return this;
    },
    set(name: string, value: string) {
      answer.headers[name] = value;
      return this;
    },
    json(body: unknown) {
      answer.body = body;
    },
  };
  const error = jest.fn();
  const handle = errorHandler({ error } as unknown as Logger);
  const request = { method: 'GET', path: '/x' } as Request;
  handle(thrown, request, response as unknown as Response, jest.fn() as unknown as NextFunction);
  return { ...answer, logged: error.mock.calls.length };
};

describe('errorHandler', () => {
  it('answers a refusal as it was thrown, without logging it', () => {
    expect(answerTo(new HttpError(409, 'username-taken', 'taken'))).toMatchObject({
      status: 409,
      body: { error: { code: 'username-taken', message: 'taken' } },
      logged: 0,
    });
  });

  it('says how to authenticate', () => {
    expect(answerTo(unauthenticated()).headers).toEqual({ 'www-authenticate': 'Bearer' });
  });

  it('shows nothing of a fault of ours, and logs it', () => {
    const answer = answerTo(new Error('secret at /srv/app.ts:7'));
    expect(answer).toMatchObject({ status: 500, body: { error: { code: 'internal' } }, logged: 1 });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });

  it.each([
    new MongoNetworkError('connection 7 to 10.0.0.3 closed'),
    new BanyanError('busy', 'conflict', { retryable: true }),
  ])('answers 503 to %s', (thrown) => {
    const answer = answerTo(thrown);
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } }, logged: 1 });
    expect(JSON.stringify(answer.body)).not.toContain(thrown.message);
  });

  it.each<[string, unknown]>([
    ['a string', 'boom'],
    ['nothing', undefined],
    ['a client’s status on a foreign error', Object.assign(new Error('x'), { status: 418 })],
  ])('takes %s for a fault of ours', (_what, thrown) => {
    expect(answerTo(thrown)).toMatchObject({ status: 500, logged: 1 });
  });
});
