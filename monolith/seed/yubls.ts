import type { UserDocument } from '../app/users/user-document.ts';
import type { YublDocument } from '../app/yubls/yubl-entity.ts';
import { CITIES, INTERESTS } from './names.ts';
import { createRandom, type Random } from './random.ts';
import { LAST_DAY_MS, seededId } from './seeded-id.ts';

const SEED = 20_180_401;
const PER_USER = 0.15;

/** Three yubls for every twenty users. */
export function* yublsOf(users: readonly UserDocument[]): Generator<YublDocument> {
  const random = createRandom(SEED);
  for (let made = 0; made < Math.floor(users.length * PER_USER); made += 1) {
    const author = users[Math.floor(random.next() * users.length)];
    if (!author) throw new Error(`there is nobody to write yubl ${made}`);
    const atMs = LAST_DAY_MS + made * 60_000;
    const text = textOf(random);
    yield { _id: seededId('yubl', made, atMs), authorId: author._id, text, createdAt: new Date(atMs) };
  }
}

const textOf = (random: Random): string => {
  const [what, where] = [random.pick(INTERESTS), random.pick(CITIES)];
  const style = random.next();
  if (style < 0.4) return `Anybody else into ${what} in ${where}?`;
  return style < 0.7 ? `Back from ${where}. Nothing but ${what} this week.` : `${what} > everything`;
};
