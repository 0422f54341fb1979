import type { BSON, Db, Document } from 'mongodb';
import type { Position } from '../source.ts';
import { BsonDocument } from './bson-document.ts';
import { findElement } from './bson-element.ts';
import { jsonOfId } from './id-json.ts';

/** What is read of a collection, in the order of its `_id`. */
export interface PagesQuery {
  readonly db: Db;
  readonly collection: string;
  readonly projection: Document | undefined;
  readonly decoding: BSON.DeserializeOptions;
  /** What is left of it after a position, or all of it. */
  filterAfter(position: Position | null): Document;
}

type Page = readonly BsonDocument[];

export const BY_ID: { _id: 1 } = { _id: 1 };
export const MAJORITY = { level: 'majority' } as const;
/** What a page is meant to take: to ask for it costs as much as to read a few hundred documents. */
const PAGE_BYTES = 1_024 * 1_024;
const BATCH = 'firstBatch';
const CURSOR_ID = 'id';

/** Reads to the end, some documents at a time, none of them decoded: majority reads of the primary. */
export const readPages = async function* (
  query: PagesQuery,
  after: Position | null,
  batchSize: number,
): AsyncGenerator<Page> {
  const { msg } = await query.db.command({ hello: 1 });
  yield* msg === 'isdbgrid' ? pagesOfCursor(query, after, batchSize) : pagesOfRanges(query, after, batchSize);
};

/**
 * A query for each page, of what comes after the page before it: so the reply's bytes are ours. The driver's cursor
 * parses each document of them, which takes longer than all else about reading it.
 */
const pagesOfRanges = async function* (
  { db, collection, projection, decoding, filterAfter }: PagesQuery,
  after: Position | null,
  batchSize: number,
): AsyncGenerator<Page> {
  let position = after;
  for (let limit = batchSize; ; ) {
    const find = {
      find: collection,
      filter: filterAfter(position),
      ...(projection && { projection }),
      sort: BY_ID,
      hint: BY_ID,
      limit,
      // One more than the limit, or MongoDB would keep a cursor whenever there are so many.
      batchSize: limit + 1,
      readConcern: MAJORITY,
    };
    const { cursor } = await db.command(find, { raw: true, readPreference: 'primary' });
    const page = documentsOf(cursor, decoding);
    // Kept because a reply takes 16 MB at most: what it would go on with, the next page begins with.
    const kept = idOf(cursor);
    if (kept !== 0n) await db.command({ killCursors: collection, cursors: [kept] });
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (!last || (kept === 0n && page.length < limit)) return;
    position = jsonOfId(last.storedId);
    limit = nextPageSize(page, batchSize);
  }
};

/** From a router: each of its shards would read a whole page for every page that it answers. */
const pagesOfCursor = async function* (
  { db, collection, projection, decoding, filterAfter }: PagesQuery,
  after: Position | null,
  batchSize: number,
): AsyncGenerator<Page> {
  const cursor = db.collection(collection).find(filterAfter(after), {
    ...(projection && { projection }),
    sort: BY_ID,
    hint: BY_ID,
    batchSize,
    raw: true,
    readConcern: MAJORITY,
    readPreference: 'primary',
  });
  try {
    while (await cursor.hasNext()) {
      const read = cursor.readBufferedDocuments() as unknown as Buffer[];
      yield read.map((bytes) => new BsonDocument(bytes, decoding));
    }
  } finally {
    await cursor.close();
  }
};

const idOf = (cursor: Buffer): bigint =>
  cursor.readBigInt64LE(findElement(cursor, 0, CURSOR_ID) + CURSOR_ID.length + 2);

/** Where they stand in what `find` replied. */
const documentsOf = (cursor: Buffer, decoding: BSON.DeserializeOptions): BsonDocument[] => {
  const documents: BsonDocument[] = [];
  const array = findElement(cursor, 0, BATCH) + BATCH.length + 2;
  const end = array + cursor.readInt32LE(array) - 1;
  for (let at = array + 4; at < end; ) {
    // Its number in the array comes first, as its name.
    while (cursor[at] !== 0) at += 1;
    documents.push(new BsonDocument(cursor, decoding, at + 1));
    at += 1 + cursor.readInt32LE(at + 1);
  }
  return documents;
};

/** How many documents to ask for after a page: batches of about so many bytes together, and at least one of them. */
const nextPageSize = (page: Page, batchSize: number): number => {
  const bytes = page.reduce((sum, document) => sum + document.bytes, 0);
  const batches = Math.floor((PAGE_BYTES * page.length) / bytes / batchSize);
  return Math.max(1, batches) * batchSize;
};
