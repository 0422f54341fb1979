/**
 * @typedef {import('zod').output<typeof import('../canary-schemas.ts').canarySchema>} Canary
 * @typedef {import('zod').output<typeof import('../canary-schemas.ts').previewAnswerSchema>} Preview
 * @typedef {import('zod').output<typeof import('../canary-schemas.ts').changesSchema>['changes']} Changes
 * @typedef {import('zod').output<typeof import('../evidence-schemas.ts').readingsSchema>} Readings
 * @typedef {import('zod').output<typeof import('../evidence-schemas.ts').shadowSchema>} Shadow
 * @typedef {import('zod').output<typeof import('../ramp-schemas.ts').rampSchema>} Ramp
 * @typedef {import('zod').output<typeof import('../ramp-schemas.ts').rampEventsSchema>['events']} RampEvents
 * @typedef {import('../../../services/admin/person.ts').Person} Person
 */

/** Longer than the server takes for anything. */
const WITHIN_MS = 10_000;

/** The server said no: the message is its sentence. */
export class Refused extends Error {
  /** @param {number} status @param {string} code @param {string} message */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The server did not answer. */
export class Away extends Error {}

/** The admin API, with one token, which is in no address. */
export class Api {
  #token;

  /** @param {string} token */
  constructor(token) {
    this.#token = token;
  }

  /** @returns {Promise<Person>} */
  me() {
    return this.#ask('GET', 'me');
  }

  /** @returns {Promise<readonly Canary[]>} */
  async canaries() {
    return (await this.#ask('GET', 'canary')).canaries;
  }

  /** @param {Pick<Canary, 'dial' | 'route'>} canary */
  canary({ dial, route }) {
    return new RouteApi((method, path, body) => {
      const [place, query = ''] = path.split('?');
      const asked = new URLSearchParams(query);
      asked.set('dial', dial);
      return this.#ask(method, `canary/${encodeURIComponent(route)}${place}?${asked}`, body);
    });
  }

  /** @returns {Promise<readonly import('./backfills-view.js').Backfill[]>} */
  async backfills() {
    return (await this.#ask('GET', 'backfills')).backfills;
  }

  /** @param {string} plan @returns {Promise<readonly import('./backfills-view.js').Order[]>} */
  async backfillHistory(plan) {
    return (await this.#ask('GET', `backfills/${encodeURIComponent(plan)}/history?limit=20`)).orders;
  }

  /** @param {string} plan @param {'pause' | 'resume' | 'cancel'} action */
  orderBackfill(plan, action) {
    return this.#ask('POST', `backfills/${encodeURIComponent(plan)}/${action}`, {});
  }

  /** @param {string} plan @param {string} rate */
  throttleBackfill(plan, rate) {
    return this.#ask('PUT', `backfills/${encodeURIComponent(plan)}/throttle`, { rate });
  }

  /** @param {string} plan @param {string} batches */
  setBackfillConcurrency(plan, batches) {
    return this.#ask('PUT', `backfills/${encodeURIComponent(plan)}/concurrency`, { batches });
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  async #ask(method, path, body) {
    const response = await fetch(`api/v1/${path}`, {
      method,
      cache: 'no-store',
      signal: AbortSignal.timeout(WITHIN_MS),
      headers: {
        Authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new Away('The admin server does not answer.');
    });
    // What stands between may answer with a page of its own.
    const json = await response.json().catch(() => undefined);
    if (response.ok && json !== undefined) return json;
    const { code = 'unavailable', message = `The server answered ${response.status}.` } = json?.error ?? {};
    throw new Refused(response.status, code, message);
  }
}

/** What concerns one route. */
export class RouteApi {
  #ask;

  /** @param {(method: string, path: string, body?: object) => Promise<any>} ask */
  constructor(ask) {
    this.#ask = ask;
  }

  /** @returns {Promise<Canary>} */
  read() {
    return this.#ask('GET', '');
  }

  /** @returns {Promise<Readings>} */
  readings() {
    return this.#ask('GET', '/readings');
  }

  /** @returns {Promise<Ramp>} */
  ramp() {
    return this.#ask('GET', '/ramp');
  }

  /** @returns {Promise<RampEvents>} */
  async rampHistory() {
    return (await this.#ask('GET', '/ramp/history?limit=30')).events;
  }

  /** @returns {Promise<Shadow>} */
  shadow() {
    return this.#ask('GET', '/shadow');
  }

  /** @param {string | undefined} cohort @returns {Promise<Changes>} */
  async history(cohort) {
    const which = cohort === undefined ? '' : `&cohort=${encodeURIComponent(cohort)}`;
    return (await this.#ask('GET', `/history?limit=30${which}`)).changes;
  }

  /** @param {{ cohort?: string, toPercent: number, keys: readonly string[] }} asked @returns {Promise<Preview>} */
  preview(asked) {
    return this.#ask('POST', '/preview', asked);
  }

  /** @param {{ cohort?: string, weightPercent: number, expectedRevision: number, why: string }} change @returns {Promise<Canary>} */
  set(change) {
    return this.#ask('PUT', '/weight', change);
  }

  /** @param {string} why @returns {Promise<Canary>} */
  rollBack(why) {
    return this.#ask('POST', '/rollback', why === '' ? {} : { why });
  }

  /** @param {{ key: string, credentials: boolean, side: string, forMs?: number, why: string }} pin @returns {Promise<Canary>} */
  pin(pin) {
    return this.#ask('POST', '/pin', pin);
  }

  /** @param {string} key @param {string} why @returns {Promise<Canary>} */
  unpin(key, why) {
    return this.#ask('POST', '/unpin', { key, why });
  }

  /** @param {string | null} plan @param {string} why @returns {Promise<Ramp>} */
  startRamp(plan, why) {
    return this.#ask('POST', '/ramp/start', { ...(plan === null ? {} : { plan }), why });
  }

  /** @param {'pause' | 'resume' | 'abort'} action @param {string} why @returns {Promise<Ramp>} */
  orderRamp(action, why) {
    return this.#ask('POST', `/ramp/${action}`, { why });
  }
}
