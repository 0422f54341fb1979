import { EJSON, ObjectId } from 'bson';

const OBJECT_ID = /^[0-9a-f]{24}$/;
const ENCODED = /^(?:[{["]|(?:null|true|false)$)/;

/**
 * The key of a MongoDB `_id`, as a string: an ObjectId as its 24 hex digits, a string as itself, anything else
 * as canonical extended JSON. Different ids never share a key: a string that would read as another kind is quoted.
 */
export const entityKeyOf = (id: unknown): string => {
  if (isObjectId(id)) return id.toHexString();
  if (typeof id === 'string') return OBJECT_ID.test(id) || ENCODED.test(id) ? JSON.stringify(id) : id;
  return JSON.stringify(EJSON.serialize({ id }, { relaxed: false }).id);
};

/** The `_id` that `entityKeyOf` made `key` from. */
export const idOfEntityKey = (key: string): unknown => {
  if (OBJECT_ID.test(key)) return ObjectId.createFromHexString(key);
  if (!ENCODED.test(key)) return key;
  return EJSON.deserialize({ id: JSON.parse(key) }, { relaxed: false }).id;
};

/** By its tag: `bson` is loaded once as a module and once by the driver, and `instanceof` knows only one of them. */
const isObjectId = (id: unknown): id is ObjectId =>
  typeof id === 'object' && id !== null && '_bsontype' in id && id._bsontype === 'ObjectId';
