import { ObjectId } from 'mongodb';

/** When the first seeded user signed up. */
export const FIRST_DAY_MS = Date.UTC(2019, 0, 7, 9);
/** When the last one had; yubls and follows come after it. */
export const LAST_DAY_MS = Date.UTC(2024, 5, 3, 9);

const KIND = {
  user: '1a5eed0001',
  follow: '1a5eed0002',
  yubl: '1a5eed0003',
  malformed: '1a5eed0004',
} as const;

/** The id that the `index`th document of its kind would have got at `atMs`. */
export const seededId = (kind: keyof typeof KIND, index: number, atMs: number): ObjectId => {
  const seconds = Math.floor(atMs / 1000)
    .toString(16)
    .padStart(8, '0');
  return ObjectId.createFromHexString(`${seconds}${KIND[kind]}${index.toString(16).padStart(6, '0')}`);
};
