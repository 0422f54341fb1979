/**
 * An entity as its writers and readers agree on it: where it lives, on which stream its changes go out, and
 * which fields each slice covers. The slice `entity` always exists and covers every field.
 */
export interface EntityDefinition {
  /** Singular, as it starts the event types: `user`. */
  readonly name: string;
  /** MongoDB's, in the source database. */
  readonly collection: string;
  /** The Kinesis stream's logical name; the relay maps it to a real one. */
  readonly stream: string;
  /** Slice name → the top-level fields whose change advances that slice's version. Law 2. */
  readonly slices: { readonly [slice: string]: readonly string[] };
}

/** Every slice of an entity, `entity` first. */
export const sliceNames = (entity: EntityDefinition): string[] => ['entity', ...Object.keys(entity.slices)];
