import type { ServerResponse } from 'node:http';
import type { CookiePolicy } from '../routing/cookie-header.ts';
import type { Signer } from '../routing/signer.ts';
import { FORCE_PATH, forceCookie, readForcePass } from '../routing/testers.ts';
import { pathOf } from './canonical-path.ts';
import { answerError } from './error-answer.ts';

/**
 * Answers a tester's link: it sets the cookie that he then carries, and leads to the site's first page. Answers
 * false for every other request.
 */
export const answerForceLink = (
  res: ServerResponse,
  target: string,
  { signer, cookie, nowMs }: { signer: Signer; cookie: CookiePolicy; nowMs: number },
): boolean => {
  if (!target.startsWith(FORCE_PATH) || !signer.canSign) return false;
  const text = pathOf(target).slice(FORCE_PATH.length);
  const pass = readForcePass(text, signer, nowMs);
  if (!pass) {
    const message = 'This link is over, or was never valid.';
    answerError(res, { status: 404, code: 'bad-force-link', message });
    return true;
  }
  res.writeHead(303, {
    location: '/',
    'set-cookie': forceCookie(pass, { text, cookie, nowMs }),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  });
  res.end();
  return true;
};
