import type { RequestHandler } from 'express';
import { Refusal } from './refusal.ts';

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Refuses what a browser was talked into by another site's page. A Host that is none of ours is a name that was
 * made to point here (DNS rebinding); an Origin that is not the Host's is another page's. Loopback names are ours
 * on any port, since an SSH tunnel has its own; nobody can make them point elsewhere.
 */
export const sameSite = (hosts: readonly string[]): RequestHandler => {
  const known = new Set(hosts.map((host) => host.toLowerCase()));
  return (req, _res, next) => {
    const host = req.headers.host?.toLowerCase() ?? '';
    if (!LOOPBACK.test(host) && !known.has(host))
      throw new Refusal('wrong-host', 'this server is not known by that name: add it to admin.hosts');
    const { origin } = req.headers;
    if (origin !== undefined && originHost(origin) !== host)
      throw new Refusal('wrong-origin', "another site's page may not use this API");
    next();
  };
};

const originHost = (origin: string): string | undefined =>
  /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
