const BRACKET_OF_BSON: { readonly [bsontype: string]: string } = {
  MinKey: 'minKey',
  Int32: 'number',
  Double: 'number',
  Long: 'number',
  Decimal128: 'number',
  BSONSymbol: 'string',
  Binary: 'binData',
  ObjectId: 'objectId',
  Timestamp: 'timestamp',
  MaxKey: 'maxKey',
};

/** The name of the bracket (`ID_BRACKETS`) that MongoDB would compare an `_id` in. */
export const bracketOf = (id: unknown): string => {
  if (id === null) return 'null';
  if (typeof id === 'number') return Number.isNaN(id) ? 'nan' : 'number';
  if (typeof id === 'string') return 'string';
  if (typeof id === 'boolean') return 'bool';
  if (typeof id === 'bigint') return 'number';
  if (id instanceof Date) return 'date';
  return bracketOfBson(id as { _bsontype?: string; scope?: unknown });
};

const bracketOfBson = (id: { _bsontype?: string; scope?: unknown }): string => {
  if (id._bsontype === 'Code') return id.scope ? 'javascriptWithScope' : 'javascript';
  return (id._bsontype && BRACKET_OF_BSON[id._bsontype]) || 'object';
};
