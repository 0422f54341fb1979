import { Router } from 'express';
import { z } from 'zod';
import { line, validated } from '../http/validate.ts';
import type { Parts } from '../parts.ts';
import type { UserDocument } from '../users/user-document.ts';
import { escapeRegex } from './escape-regex.ts';

const LIMIT = 20;

export const searchSchema = z.strictObject({ query: line({ min: 1, max: 80 }) });

/**
 * User search. Neither anchored nor indexable: MongoDB reads users until it has found enough, hence all of them
 * for a rare name. And unranked: whoever comes first comes first.
 */
export const searchRouter = ({ db }: Parts): Router => {
  const router = Router();

  router.post('/users', async (request, response) => {
    const { query } = validated(searchSchema, request.query, 'query');
    const matches = { $regex: escapeRegex(query), $options: 'i' };
    const users = await db
      .collection<UserDocument>('users')
      .find(
        { $or: [{ username: matches }, { firstName: matches }, { lastName: matches }] },
        { projection: { username: 1, firstName: 1, lastName: 1, followerCount: 1 } },
      )
      .limit(LIMIT)
      .toArray();
    response.json({ users: users.map(({ _id, ...rest }) => ({ id: _id.toHexString(), ...rest })) });
  });

  return router;
};
