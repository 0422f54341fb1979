import * as z from 'zod';
import { BanyanError, messageOf, type Version } from '../core/index.ts';
import { type ProfileAnswer, profileAnswerSchema } from './profile.ts';
import type { ProfileChanges } from './profile-changes.ts';

export interface ProfilesClientOptions {
  /** Required. The service's address; may have a base path. */
  readonly baseUrl: string;
  /** Required. Until the whole answer is there. */
  readonly timeoutMs: number;
}

const changedSchema = profileAnswerSchema.extend({ version: z.int() });
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** The service refused, or did not answer; `status` is 0 then. */
export class ProfilesApiError extends BanyanError {
  readonly status: number;

  constructor(status: number, code: string, message: string, options: { cause?: unknown } = {}) {
    super(code, message, { retryable: status === 0 || status === 429 || status >= 500, ...options });
    this.status = status;
  }
}

/** The profiles API, typed. Every call may throw a ProfilesApiError. */
export class ProfilesClient {
  readonly #options: ProfilesClientOptions;

  constructor(options: ProfilesClientOptions) {
    this.#options = options;
  }

  /** `undefined` for a user that does not exist. */
  async get(id: string): Promise<ProfileAnswer | undefined> {
    const answer = await this.#call('GET', id);
    return answer && profileAnswerSchema.parse(await answer.json());
  }

  /** Changes the token's own profile; answers it with the user's new version. */
  async change(
    id: string,
    token: string,
    changes: ProfileChanges,
  ): Promise<(ProfileAnswer & { readonly version: Version }) | undefined> {
    const answer = await this.#call('PUT', id, { token, body: JSON.stringify(changes) });
    return answer && changedSchema.parse(await answer.json());
  }

  /** Deletes the token's own user; answers the version of the deletion. */
  async remove(id: string, token: string): Promise<Version | undefined> {
    const answer = await this.#call('DELETE', id, { token });
    return answer && z.coerce.number().int().parse(answer.headers.get('x-entity-version'));
  }

  /** `undefined` for 404. */
  async #call(
    method: string,
    id: string,
    { token, body }: { token?: string; body?: string } = {},
  ): Promise<Response | undefined> {
    const { baseUrl, timeoutMs } = this.#options;
    const headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const request = { method, headers, signal: AbortSignal.timeout(timeoutMs), ...(body && { body }) };
    const answer = await fetch(`${baseUrl}/profiles/${encodeURIComponent(id)}`, request).catch((cause) => {
      throw new ProfilesApiError(0, 'no-answer', `${baseUrl} does not answer: ${messageOf(cause)}`, {
        cause,
      });
    });
    if (answer.ok) return answer;
    if (answer.status === 404) return undefined;
    const refusal = errorSchema.safeParse(await answer.json().catch(() => undefined)).data?.error;
    const { code = 'refused', message = `${method} was answered ${answer.status}` } = refusal ?? {};
    throw new ProfilesApiError(answer.status, code, message);
  }
}
