import { Router } from 'express';
import { ObjectId } from 'mongodb';
import { z } from 'zod';
import { ENTITY_SLICE, versionOf } from '../../../services/core/index.ts';
import { jsonBody, lines, validated } from '../http/validate.ts';
import type { Parts } from '../parts.ts';
import { authenticate, userOf } from '../sessions/authenticate.ts';
import { type YublDocument, yublEntity } from './yubl-entity.ts';

export const yublSchema = z.strictObject({ text: lines({ min: 1, max: 280 }) });

/** Posting yubls. */
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

  return router;
};
