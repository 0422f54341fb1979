/** A refusal that a client is told about: its status, a code for programs and a sentence for people. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
  }
}

export const invalid = (message: string): HttpError => new HttpError(400, 'invalid', message);

export const unauthenticated = (message = 'sign in first: no valid token was sent'): HttpError =>
  new HttpError(401, 'unauthenticated', message);

export const forbidden = (message: string): HttpError => new HttpError(403, 'forbidden', message);

export const notFound = (message: string): HttpError => new HttpError(404, 'not-found', message);
