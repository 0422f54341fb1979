import { userEntity } from '../../../services/profiles/user-entity.ts';
import { type Random, whole } from '../../scenarios/simulation/random.ts';
import type { Change } from '../../support/busy-writers.ts';
import { userOf } from './seed-users.ts';

/**
 * What a social network does to its users meanwhile: of a hundred writes 55 change a profile, 30 count a follower, 10
 * sign up and 5 leave.
 */
export const userWrites = (users: number): ((random: Random) => Change) => {
  let signUps = users;
  return (random) => {
    const dice = random();
    if (dice < 0.1) {
      signUps += 1;
      const { _banyan, ...user } = userOf(signUps);
      return (tx) => tx.create(userEntity, user, 'user.created');
    }
    const n = whole(random, users);
    const { _id } = userOf(n);
    if (dice < 0.15) return (tx) => tx.delete(userEntity, _id, 'user.deleted');
    if (dice < 0.45)
      return (tx) => tx.update(userEntity, _id, { inc: { followerCount: 1 } }, 'user.followed');
    const set = { lastName: `Last ${n} ${signUps}` };
    return (tx) => tx.update(userEntity, _id, { set }, 'user.profile-updated');
  };
};
