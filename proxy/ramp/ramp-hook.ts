import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { BanyanError, type Clock, messageOf } from '../../services/core/index.ts';
import type { RampEvent, RampEventName } from './ramp.ts';

/** A webhook that is told what ramps do. */
export const rampHookSchema = z.strictObject({
  /** Required. Gets a POST with the event in JSON. */
  url: z.url({ protocol: /^https?$/ }),
  /**
   * Required. Signs what is sent, by the rules of Standard Webhooks (https://www.standardwebhooks.com); give it from
   * the environment.
   */
  secret: z.string().min(16, 'is a secret of 16 characters or more, from the environment'),
  /** Optional: defaults to 3,000. */
  timeoutMs: z.int().min(1).default(3_000),
  /** Optional: defaults to 4. How often it is tried; the pauses in between double from a second. */
  attempts: z.int().min(1).max(20).default(4),
});

export type RampHookConfig = z.infer<typeof rampHookSchema>;

/** What is worth waking somebody for; operators know what they did themselves. */
const TOLD: ReadonlySet<RampEventName> = new Set<RampEventName>([
  'advanced',
  'waiting',
  'paused',
  'held-too-long',
  'completed',
  'rolled-back',
]);

/** Tells a webhook what ramps do. Nobody waits for it, and its failures harm no ramp: they are counted. */
export class RampHook {
  readonly #config: RampHookConfig;
  readonly #clock: Clock;
  readonly #onOutcome: (outcome: 'told' | 'failed', detail: string) => void;
  readonly #underWay = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(options: {
    config: RampHookConfig;
    clock: Clock;
    /** Called with how each event's telling ended. */
    onOutcome: (outcome: 'told' | 'failed', detail: string) => void;
  }) {
    this.#config = options.config;
    this.#clock = options.clock;
    this.#onOutcome = options.onOutcome;
  }

  /** Begins to tell an event; never throws, and does not wait. */
  tell(route: string, event: RampEvent): void {
    if (!TOLD.has(event.event)) return;
    const telling = this.#try(route, event).then(
      () => this.#onOutcome('told', event.event),
      (thrown: unknown) => this.#onOutcome('failed', `${event.event}: ${messageOf(thrown)}`),
    );
    this.#underWay.add(telling);
    void telling.finally(() => this.#underWay.delete(telling));
  }

  /** Tries nothing again, and waits for what is under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#underWay);
  }

  async #try(route: string, event: RampEvent): Promise<void> {
    const id = randomUUID();
    const body = JSON.stringify({ type: `ramp.${event.event}`, route, ...event });
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#post(id, body);
      } catch (thrown) {
        if (attempt >= this.#config.attempts || this.#stop.signal.aborted) throw thrown;
        await this.#clock.sleep(1_000 * 2 ** (attempt - 1), this.#stop.signal);
      }
    }
  }

  async #post(id: string, body: string): Promise<void> {
    const { url, timeoutMs, secret } = this.#config;
    const timestamp = String(Math.floor(this.#clock.nowMs() / 1_000));
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatureOf({ id, timestamp, body, secret }),
      },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    if (!response.ok) throw new BanyanError('hook-refused', `the hook answered ${response.status}`);
  }
}

const PREFIX = 'whsec_';

/** The signature of Standard Webhooks: a secret with `whsec_` is base64, any other is taken as it is. */
const signatureOf = (signed: { id: string; timestamp: string; body: string; secret: string }): string => {
  const { id, timestamp, body, secret } = signed;
  const key = secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
};
