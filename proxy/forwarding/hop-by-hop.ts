/**
 * Headers that belong to one connection and never pass a proxy (RFC 9110 §7.6.1), and those of a proxy's own
 * authentication.
 */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A sender may call any header its connection's own, but not those that frame or address the message. */
const KEPT = new Set(['content-length', 'host']);
const NONE: readonly string[] = [];

/** The further headers that a Connection header names, in lower case. */
export const connectionNamed = (connection: string | undefined): readonly string[] => {
  if (!connection || connection === 'keep-alive' || connection === 'close') return NONE;
  return connection
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && !KEPT.has(name));
};
