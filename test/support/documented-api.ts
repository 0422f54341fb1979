import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';

interface Described {
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
}

/** An OpenAPI document, held against the specification and against what a server really answers. */
export class DocumentedApi {
  readonly document: { readonly [part: string]: unknown };
  readonly operations: readonly Described[];
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #seen = new Set<string>();

  constructor(document: { readonly [part: string]: unknown }) {
    this.document = document;
    const paths = document.paths as { [path: string]: { [method: string]: { operationId: string } } };
    this.operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({ path, method, operationId })),
    );
    this.#ajv.addSchema(document, 'api');
  }

  /** What the specification's own schema has against the document; `undefined` when nothing. */
  async problems(): Promise<unknown> {
    const { valid, errors } = await new Validator().validate(this.document);
    return valid ? undefined : errors;
  }

  /** What an answer has that the document does not say, or lacks; `undefined` when it is as documented. */
  differences(request: { method: string; path: string }, answer: { status: number; json: unknown }): unknown {
    const found = this.#described(request);
    if (!found) return `${request.method} ${request.path} is not documented`;
    this.#seen.add(found.operationId);
    const { status, json } = answer;
    const problems = this.#against([String(status), 'content', 'application/json', 'schema'], found, json);
    return problems === 'absent' ? `${status} of ${found.operationId} is not documented` : problems;
  }

  /** What the data of an event have that the document does not say, or lack. */
  eventDifferences(path: string, { event, data }: { event: string; data: unknown }): unknown {
    const found = this.#described({ method: 'get', path });
    if (!found) return `${path} is not documented`;
    this.#seen.add(found.operationId);
    const problems = this.#against(['200', 'content', 'text/event-stream', 'x-events', event], found, data);
    return problems === 'absent' ? `the event ${event} of ${found.operationId} is not documented` : problems;
  }

  /** What JSON has against the schema at this place among an operation's responses; `absent`: there is none. */
  #against(place: readonly string[], { path, method }: Described, json: unknown): unknown {
    const pointer = ['paths', path, method, 'responses', ...place].map(escaped).join('/');
    const check = this.#ajv.getSchema(`api#/${pointer}`);
    if (!check) return 'absent';
    return check(json) ? undefined : check.errors;
  }

  /** The operations that nothing was held against yet. */
  get unseen(): string[] {
    return this.operations.map(({ operationId }) => operationId).filter((id) => !this.#seen.has(id));
  }

  #described({ method, path }: { method: string; path: string }): Described | undefined {
    const [sent = ''] = path.split('?');
    const isIt = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(sent);
    const same = this.operations.filter((it) => it.method === method.toLowerCase());
    return same.find((it) => it.path === sent) ?? same.find((it) => isIt(it.path));
  }
}

const escaped = (step: string): string =>
  encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
