import express, { type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { personIn } from './authenticate.ts';
import type { Answering, Operation } from './operation.ts';
import { readRequest } from './read-request.ts';
import { Refusal } from './refusal.ts';

const MAX_BODY_BYTES = 16_384;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** Reads the body of an operation that has one: JSON that says so, and not compressed, since that may unfold. */
export const readBody = (operation: Operation): RequestHandler[] => {
  if (operation.method === 'get' || operation.method === 'events') return [];
  const { maxBodyBytes = MAX_BODY_BYTES } = operation;
  return [
    (req, _res, next) => {
      if (JSON_TYPE.test(req.headers['content-type'] ?? '')) return next();
      throw new Refusal('not-json', 'send the body as Content-Type: application/json');
    },
    express.json({ limit: maxBodyBytes, inflate: false }),
  ];
};

/** Answers with what the operation says, as far as its schema names it. */
export const runOperation =
  (operation: Answering, stopped: AbortSignal): RequestHandler =>
  async (req, res) => {
    const answer = await operation.handle(readRequest(operation, req, res, stopped));
    res.json(operation.answer.parse(answer));
  };

/** One line for every change that was asked for, granted or not: who, what, and what became of it. No bodies. */
export const audit =
  (operation: Operation, log: Logger): RequestHandler =>
  (req, res, next) => {
    res.locals.operation = operation.id;
    if (operation.role !== 'operator') return next();
    const { params } = req;
    res.once('close', () => {
      const { name: by = null, role = null } = personIn(res) ?? {};
      const result = res.writableFinished ? res.statusCode : 'cut-off';
      const { refused } = res.locals;
      const { id } = operation;
      log.info({ audit: id, params, by, role, result, refused }, `${by ?? 'nobody'}: ${id}`);
    });
    next();
  };
