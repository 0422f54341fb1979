/** A request that is answered with an error: its status, a code for programs and a sentence for people. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
  }
}

export const invalid = (message: string): Refusal => new Refusal(400, 'invalid', message);

export const unauthenticated = (): Refusal =>
  new Refusal(401, 'unauthenticated', 'sign in first: no valid token was sent');

export const forbidden = (): Refusal => new Refusal(403, 'forbidden', 'this is somebody else’s');

export const notFound = (what: string): Refusal => new Refusal(404, 'not-found', `there is no such ${what}`);
