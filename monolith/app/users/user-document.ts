import type { ObjectId } from 'mongodb';

/** A user as it is stored. Credentials are kept apart, because events carry the whole document. */
export interface UserDocument {
  _id: ObjectId;
  username: string;
  firstName: string;
  lastName: string;
  bio: string;
  /** An http(s) URL, or empty. */
  avatarUrl: string;
  followerCount: number;
  createdAt: Date;
  /** The versions of the user's slices; users of before the outbox have none. */
  _banyan?: { [slice: string]: number };
}

/** How somebody proves to be a user. */
export interface CredentialsDocument {
  /** The user's. */
  _id: ObjectId;
  email: string;
  /** As `hashPassword` writes it. */
  passwordHash: string;
}
