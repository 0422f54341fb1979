import { BanyanError, UsageError } from '../../core/index.ts';

/** The collection cannot be made to keep pre- and post-images; the message says what to do. */
export class ImagesUnavailableError extends UsageError {
  constructor(collection: string, why: string, cause?: unknown) {
    super(
      `${collection} cannot be captured: ${why}. A capture needs MongoDB 6.0 or later and, once, by a user who may ` +
        `use collMod: db.runCommand({ collMod: '${collection}', changeStreamPreAndPostImages: { enabled: true } })`,
      { code: 'images-unavailable', cause },
    );
  }
}

/** A change without its post-image: it was made while images were off, or they have expired since. */
export class MissingImageError extends BanyanError {
  constructor(collection: string, key: string, recovery: string) {
    super(
      'missing-image',
      `an update of ${collection} ${key} has no post-image: changeStreamPreAndPostImages was off when it was made, ` +
        `or the image has expired since. ${recovery}`,
    );
  }
}

/** The captured collection was dropped or renamed, which tells of no key. */
export class CollectionGoneError extends BanyanError {
  constructor(collection: string, operation: string, recovery: string) {
    super('collection-gone', `${collection} was changed as a whole by a ${operation}. ${recovery}`);
  }
}
