import * as z from 'zod';
import type { SourceDocument } from '../core/record.ts';
import { type CloudSearchField, domainFields } from './cloudsearch-field.ts';
import type { SearchHit, SearchRanking } from './search-index.ts';

/** What the search index holds of a user. A type, not an interface: a state is open to any field. */
export type UserSearchDocument = {
  readonly username: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly followers: number;
};

const userSchema = z.looseObject({
  username: z.string().min(1),
  firstName: z.string(),
  lastName: z.string(),
  followerCount: z.int().min(0),
});

/**
 * The transform of the search move.
 * @throws ZodError for a document whose name or count is missing or no name or count: it goes to quarantine.
 */
export const toSearchDocument = (document: SourceDocument): UserSearchDocument => {
  const user = userSchema.parse(document);
  return {
    username: user.username,
    first_name: user.firstName,
    last_name: user.lastName,
    followers: user.followerCount,
  };
};

/** A user as search answers it; the same as the monolith's. */
export interface FoundUser {
  readonly id: string;
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly followerCount: number;
}

export const toFoundUser = ({ key, state }: SearchHit<UserSearchDocument>): FoundUser => ({
  id: key,
  username: state.username,
  firstName: state.first_name,
  lastName: state.last_name,
  followerCount: state.followers,
});

/** The fields of the states. */
export const userSearchFields: readonly CloudSearchField[] = [
  { name: 'username', type: 'text' },
  { name: 'first_name', type: 'text' },
  { name: 'last_name', type: 'text' },
  { name: 'followers', type: 'int' },
];

/** All index fields that the domain is to be configured with. */
export const userSearchDomainFields: readonly CloudSearchField[] = domainFields(userSearchFields);

/**
 * Who is called exactly that first, then usernames that begin like it, then names; in each the popular first. A
 * username outweighs the rarest of names, a hundred million followers included.
 */
export const userSearchRanking: SearchRanking = {
  exactField: 'username',
  weights: { username: 50, first_name: 1, last_name: 1 },
  popularityField: 'followers',
};
