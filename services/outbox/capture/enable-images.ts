import { type Db, MongoServerError } from 'mongodb';
import { messageOf } from '../../core/index.ts';
import { ImagesUnavailableError } from './capture-errors.ts';

const NAMESPACE_NOT_FOUND = 26;

/**
 * Makes MongoDB keep pre- and post-images of a collection's changes from now on, unless it does so already.
 * Each update then writes the state before it once more, which expires with the oplog.
 * @throws ImagesUnavailableError when it cannot be.
 */
export const enableImages = async (db: Db, collection: string): Promise<void> => {
  const [info] = await db.listCollections({ name: collection }, { nameOnly: false }).toArray();
  if ((info as { options?: Options } | undefined)?.options?.changeStreamPreAndPostImages?.enabled === true)
    return;
  try {
    await db.command({ collMod: collection, changeStreamPreAndPostImages: { enabled: true } });
  } catch (cause) {
    if (!(cause instanceof MongoServerError)) throw cause;
    const why = cause.code === NAMESPACE_NOT_FOUND ? 'there is no such collection yet' : messageOf(cause);
    throw new ImagesUnavailableError(collection, why, cause);
  }
};

interface Options {
  readonly changeStreamPreAndPostImages?: { readonly enabled?: boolean };
}
