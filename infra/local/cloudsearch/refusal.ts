import { BanyanError } from '../../../services/core/index.ts';

/** Which of the two services refuses; it names the exception that the SDK throws. */
export type Service = 'document' | 'search';

/** A request that CloudSearch refuses, with the HTTP status it answers. */
export class Refusal extends BanyanError {
  readonly service: Service;
  readonly status: number;

  constructor(service: Service, message: string, status = 400) {
    super('refused', message);
    this.service = service;
    this.status = status;
  }
}

export const refuseDocuments = (message: string, status?: number): Refusal =>
  new Refusal('document', message, status);

export const refuseSearch = (message: string): Refusal => new Refusal('search', message);
