import type { ObjectId } from 'mongodb';
import type { EntityDefinition } from '../../../services/core/index.ts';

/** A yubl: a short post. Nothing takes a part of it over, so it has no slice but the whole. */
export const yublEntity: EntityDefinition = {
  name: 'yubl',
  collection: 'yubls',
  stream: 'yubls',
  slices: {},
};

export interface YublDocument {
  _id: ObjectId;
  authorId: ObjectId;
  text: string;
  createdAt: Date;
}
