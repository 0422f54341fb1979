import { Router } from 'express';
import { HttpError } from '../http/http-error.ts';
import type { Parts } from '../parts.ts';

const PATIENCE_MS = 2_000;

/** Whether the app can serve: its database answers. */
export const healthRouter = ({ db }: Parts): Router => {
  const router = Router();
  router.get('/', async (_request, response) => {
    try {
      await db.command({ ping: 1 }, { timeoutMS: PATIENCE_MS });
    } catch {
      throw new HttpError(503, 'unavailable', 'the database does not answer');
    }
    response.json({ status: 'ok' });
  });
  return router;
};
