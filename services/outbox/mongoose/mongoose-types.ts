import type { ClientSession, Db, Document } from 'mongodb';
import { UsageError } from '../../core/index.ts';

/*
 * Mongoose as far as the plugin needs it: by its shape, since Mongoose brings a driver of its own.
 */

/** A filter, an update or a document, as Mongoose has cast it. */
export type Given = Document;

export interface WriteOptions {
  readonly session?: ClientSession | undefined;
  readonly upsert?: boolean;
  readonly sort?: Document;
  readonly collation?: Document;
  readonly [option: string]: unknown;
}

/** A method of a collection, of which only the plugin changes the arguments. */
export type CollectionMethod = (...args: unknown[]) => unknown;

/** A connection, and its database once it is open. */
export interface MongooseConnection {
  readonly db?: unknown;
}

/** What a model writes through: one object for each connection and collection, whatever the model. */
export interface MongooseCollection {
  readonly name: string;
  readonly conn: MongooseConnection;
}

export interface MongooseModel {
  readonly collection: MongooseCollection;
}

export interface MongooseSchema {
  on(event: 'init', listener: (model: MongooseModel) => void): unknown;
}

/**
 * The driver's database of an open connection. It is of Mongoose's own driver, which is of the same major
 * version, so that its values and ours are the same to both.
 * @throws UsageError when the connection is not open.
 */
export const dbOf = ({ db }: MongooseConnection): Db => {
  if (db === undefined || db === null) {
    throw new UsageError('the Mongoose connection is not open yet: await connection.asPromise() before');
  }
  return db as Db;
};
