import { EJSON } from 'bson';

/** An `_id` as canonical extended JSON, which keeps its BSON type: how bounds and positions are stored. */
export const jsonOfId = (id: unknown): string =>
  JSON.stringify(EJSON.serialize({ id }, { relaxed: false }).id);

/** The `_id` that `jsonOfId` wrote. */
export const idOfJson = (json: string): unknown =>
  EJSON.deserialize({ id: JSON.parse(json) }, { relaxed: false }).id;
