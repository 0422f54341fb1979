/** The value of the first cookie called `name` in a Cookie header, undecoded. */
export const cookieValue = (header: string | undefined, name: string): string | undefined => {
  if (!header?.includes(name)) return undefined;
  for (let from = 0; from < header.length; ) {
    const semicolon = header.indexOf(';', from);
    const to = semicolon < 0 ? header.length : semicolon;
    const equals = header.indexOf('=', from);
    if (equals > 0 && equals < to && header.slice(from, equals).trim() === name) {
      return header.slice(equals + 1, to).trim();
    }
    from = to + 1;
  }
  return undefined;
};

/** A Cookie header without the cookies called `name` or `name.…`; `undefined` when nothing is left. */
export const withoutCookie = (header: string, name: string): string | undefined => {
  if (!header.includes(name)) return header;
  let kept = '';
  for (let from = 0; from < header.length; ) {
    const semicolon = header.indexOf(';', from);
    const to = semicolon < 0 ? header.length : semicolon;
    const equals = header.indexOf('=', from);
    const given = header.slice(from, equals < 0 || equals > to ? to : equals).trim();
    if (given !== name && !given.startsWith(`${name}.`))
      kept += (kept === '' ? '' : ';') + header.slice(from, to);
    from = to + 1;
  }
  return kept.trim() || undefined;
};

/** How Banyan's own cookies are issued. */
export interface CookiePolicy {
  /** Of the one that carries the key; the others are called `name.…`. */
  readonly name: string;
  readonly secure: boolean;
  readonly maxAgeDays: number;
}

/**
 * The Set-Cookie value that carries a sticky key: no script reads it (HttpOnly), other sites' requests do not
 * send it (SameSite=Lax), and all paths share it, so that a user is one user on every route.
 */
export const setCookieOf = (key: string, policy: CookiePolicy): string =>
  ownCookieOf(policy.name, key, policy.maxAgeDays * 86_400, policy.secure);

/** The Set-Cookie value of any cookie of ours. */
export const ownCookieOf = (name: string, value: string, maxAgeSeconds: number, secure: boolean): string =>
  `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
