import { userInfo } from 'node:os';

/** The person at this machine, as its operating system knows him. */
export const operator = (): string => {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
};
