/** The path of a request target, without its query. */
export const pathOf = (target: string): string => {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
};

/** Everything but the characters of RFC 3986's `pchar` and `/`: NUL, controls, `\`, `#`, raw non-ASCII. */
const FOREIGN = /[^A-Za-z0-9\-._~%!$&'()*+,;=:@/]/;
/** `%` without two digits, and encoded `/`, `\`, `.` and control characters. */
const BAD_ESCAPE = /%(?![0-9a-f]{2})|%(?:2f|5c|2e|[01][0-9a-f]|7f)/i;
/** An empty segment, or a segment `.` or `..`, with or without parameters (`..;a`). */
const BAD_SEGMENT = /\/\/|\/\.\.?(?:[/;]|$)/;

/**
 * What is not canonical about a request target, as a phrase; `undefined` when it is in order. Two programs that
 * read such a path differently would let a request past the route (or the access rule) that was meant for it,
 * so that it is refused before anything looks at it (RFC 9112 §3.2, RFC 3986 §6).
 */
export const pathFault = (target: string): string | undefined => {
  if (target[0] !== '/') return 'it does not start with /';
  const path = pathOf(target);
  if (FOREIGN.test(path)) return 'its path has characters that must be encoded';
  if (BAD_SEGMENT.test(path)) return 'its path has empty or dot segments';
  if (path.includes('%') && faultyEscape(path)) return 'its path has escapes that are not allowed';
  return target.includes('#') ? 'it has a fragment' : undefined;
};

const faultyEscape = (path: string): boolean => {
  if (BAD_ESCAPE.test(path)) return true;
  try {
    decodeURIComponent(path);
    return false;
  } catch {
    return true;
  }
};
