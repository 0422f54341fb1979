/** The value of the first cookie called `name` in a Cookie header, undecoded. */
export const cookieValue = (header: string | undefined, name: string): string | undefined => {
  if (!header) return undefined;
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

/** A Cookie header without the cookies called `name`; `undefined` when nothing is left. */
export const withoutCookie = (header: string, name: string): string | undefined => {
  if (!header.includes(name)) return header;
  const kept = header.split(';').filter((pair) => (pair.split('=', 1)[0] ?? '').trim() !== name);
  return kept.join(';').trim() || undefined;
};

/** How Banyan's own cookie is issued. */
export interface CookiePolicy {
  readonly name: string;
  readonly secure: boolean;
  readonly maxAgeDays: number;
}

/**
 * The Set-Cookie value that carries a sticky key: no script reads it (HttpOnly), other sites' requests do not
 * send it (SameSite=Lax), and all paths share it, so that a user is one user on every route.
 */
export const setCookieOf = (key: string, policy: CookiePolicy): string =>
  `${policy.name}=${key}; Max-Age=${policy.maxAgeDays * 86_400}; Path=/; HttpOnly; SameSite=Lax${policy.secure ? '; Secure' : ''}`;
