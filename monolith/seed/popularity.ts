import type { FollowDocument } from '../app/follows/follow-entity.ts';
import type { UserDocument } from '../app/users/user-document.ts';
import { LAST_DAY_MS, seededId } from './seeded-id.ts';

/** Of all users, how many follow the most popular one. */
const TOP_SHARE = 0.1;
const RANK_STEPS = [7_919, 7_907] as const;
const FOLLOWER_STEPS = [104_729, 104_723] as const;

/** Zipf's law: the user of rank r has 1 / r of the followers of the first, who is anybody. */
export const followerCountOf = (index: number, users: number): number => {
  const rank = 1 + ((index * coprimeStep(RANK_STEPS, users) + Math.floor(users / 3)) % users);
  return Math.floor((users * TOP_SHARE) / rank);
};

/** Follows that agree with every user's follower count. */
export function* followsOf(users: readonly UserDocument[]): Generator<FollowDocument> {
  const step = coprimeStep(FOLLOWER_STEPS, users.length);
  let made = 0;
  for (const [index, followee] of users.entries()) {
    for (let missing = followee.followerCount, at = index; missing > 0; missing -= 1) {
      // A step without a common divisor meets everybody else before it comes back to the followee.
      at = (at + step) % users.length;
      const follower = users[at];
      if (!follower) throw new Error(`there is no user ${at} of ${users.length}`);
      const atMs = LAST_DAY_MS + made * 1_000;
      yield {
        _id: seededId('follow', made, atMs),
        followerId: follower._id,
        followeeId: followee._id,
        createdAt: new Date(atMs),
      };
      made += 1;
    }
  }
}

/** The first of two primes that does not divide `users`. */
const coprimeStep = ([first, second]: readonly [number, number], users: number): number =>
  users % first === 0 ? second : first;
