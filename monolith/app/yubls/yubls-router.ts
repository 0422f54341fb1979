import { Router } from 'express';
import { ObjectId } from 'mongodb';
import { z } from 'zod';
import { ENTITY_SLICE, type Version, versionOf } from '../../../services/core/index.ts';
import { forbidden, notFound } from '../http/http-error.ts';
import { idOf, jsonBody, lines, validated } from '../http/validate.ts';
import type { Parts } from '../parts.ts';
import { authenticate, userOf } from '../sessions/authenticate.ts';
import { type YublDocument, yublEntity } from './yubl-entity.ts';

export const yublSchema = z.strictObject({ text: lines({ min: 1, max: 280 }) });

/** Posting yubls, and taking them back. */
export const yublsRouter = (parts: Parts): Router => {
  const { outbox, clock } = parts;
  const router = Router();

  router.post('/', authenticate(parts), jsonBody, async (request, response) => {
    const { text } = validated(yublSchema, request.body, 'body');
    const createdAt = new Date(clock.nowMs());
    const yubl: YublDocument = { _id: new ObjectId(), authorId: userOf(response), text, createdAt };
    const stored = await outbox.transaction((tx) => tx.create(yublEntity, { ...yubl }, 'yubl.posted'));
    response.status(201).json({
      id: yubl._id.toHexString(),
      text,
      createdAt: createdAt.toISOString(),
      version: versionOf(stored, ENTITY_SLICE),
    });
  });

  router.delete('/:id', authenticate(parts), async (request, response) => {
    const version = await deleteYubl(parts, idOf(request.params.id, 'yubl'), userOf(response));
    response.status(204).set('x-entity-version', String(version)).end();
  });

  return router;
};

/** @throws HttpError 404 when there is no such yubl (any more), 403 when it is somebody else's. */
const deleteYubl = ({ outbox }: Parts, id: ObjectId, userId: ObjectId): Promise<Version> =>
  outbox.transaction(async (tx) => {
    const yubl = await tx.db
      .collection<YublDocument>('yubls')
      .findOne({ _id: id }, { session: tx.session, projection: { authorId: 1 } });
    if (yubl && !yubl.authorId.equals(userId)) throw forbidden('this is somebody else’s');
    const tombstone = yubl && (await tx.delete(yublEntity, id, 'yubl.deleted'));
    if (!tombstone) throw notFound('there is no such yubl');
    return versionOf(tombstone, ENTITY_SLICE);
  });
