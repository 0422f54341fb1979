import type { UserDocument } from '../app/users/user-document.ts';
import { CITIES, FIRST_NAMES, INTERESTS, LAST_NAMES, SYLLABLES } from './names.ts';
import { followerCountOf } from './popularity.ts';
import { createRandom, type Random } from './random.ts';
import { FIRST_DAY_MS, LAST_DAY_MS, seededId } from './seeded-id.ts';

const SEED = 20_140_401;
const RARE_NAMES = 0.03;

/** `count` users as the monolith of before the outbox left them: the same ones on every call. */
export const population = (count: number): UserDocument[] => {
  const random = createRandom(SEED);
  const usernames = new Usernames();
  return Array.from({ length: count }, (_, index) => {
    const createdAtMs = FIRST_DAY_MS + Math.floor(((LAST_DAY_MS - FIRST_DAY_MS) * index) / count);
    const _id = seededId('user', index, createdAtMs);
    const firstName = random.pickCommon(FIRST_NAMES);
    const lastName = random.next() < RARE_NAMES ? rareName(random) : random.pickCommon(LAST_NAMES);
    return {
      _id,
      username: usernames.take(usernameOf(random, firstName, lastName)),
      firstName,
      lastName,
      bio: random.next() < 0.15 ? '' : bioOf(random),
      avatarUrl: random.next() < 0.1 ? '' : `https://avatars.example.com/${_id.toHexString()}.png`,
      followerCount: followerCountOf(index, count),
      createdAt: new Date(createdAtMs),
    };
  });
};

const rareName = (random: Random): string => {
  const name = Array.from({ length: 3 }, () => random.pick(SYLLABLES)).join('');
  return name.charAt(0).toUpperCase() + name.slice(1);
};

const bioOf = (random: Random): string => {
  const interests = new Set([random.pick(INTERESTS), random.pick(INTERESTS), random.pick(INTERESTS)]);
  return `${[...interests].join(', ')}. ${random.pick(CITIES)}.`;
};

const usernameOf = (random: Random, firstName: string, lastName: string): string => {
  const [first, last] = [inAscii(firstName), inAscii(lastName)];
  const style = random.next();
  if (style < 0.5) return `${first}.${last}`;
  if (style < 0.8) return `${first}${last}`;
  return `${first.charAt(0)}_${last}`;
};

const inAscii = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll('ł', 'l')
    .replaceAll('ø', 'o')
    .normalize('NFD')
    .replace(/[^a-z]/g, '')
    .slice(0, 12);

/** Numbers whoever comes second with a name. */
class Usernames {
  readonly #taken = new Map<string, number>();

  take(wanted: string): string {
    const earlier = this.#taken.get(wanted) ?? 0;
    this.#taken.set(wanted, earlier + 1);
    return earlier === 0 ? wanted : `${wanted}${earlier + 1}`;
  }
}
