import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { errorSchema } from './answer-error.ts';
import { httpMethodOf, type Operation } from './operation.ts';
import { REFUSALS, type RefusalCode } from './refusal.ts';

type Json = { [name: string]: unknown };

/** What is said of the whole API. */
export interface ApiTitle {
  readonly title: string;
  readonly version: string;
  readonly description: string;
}

/** Whatever is asked for, these may be the answer. */
const ALWAYS: readonly RefusalCode[] = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'wrong-host',
  'wrong-origin',
  'too-many-requests',
  'internal',
  'unavailable',
];
const WITH_BODY: readonly RefusalCode[] = ['too-large', 'not-json'];

/** The OpenAPI 3.1 document of some operations, made of the schemas that validate them. */
export const openApiDocument = (about: ApiTitle, operations: readonly Operation[]): Json => {
  const schemas: Json = {};
  const paths: { [path: string]: Json } = {};
  for (const operation of operations) {
    paths[operation.path] ??= {};
    Object.assign(paths[operation.path] ?? {}, { [httpMethodOf(operation)]: describe(operation, schemas) });
  }
  schemaOf(errorSchema, 'output', schemas);
  return {
    openapi: '3.1.0',
    info: { ...about, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'Made by `banyan admin token`.' },
      },
    },
  };
};

const describe = (operation: Operation, schemas: Json): Json => {
  const { id, tag, summary, role, params, query } = operation;
  const described = [operation.description, `Needs the role ${role}.`].filter(Boolean).join('\n\n');
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: described,
    'x-role': role,
    parameters: [...parametersIn('path', params, schemas), ...parametersIn('query', query, schemas)],
    ...bodyOf(operation, schemas),
    responses: { 200: answerOf(operation, schemas), ...refusalsOf(operation) },
  };
};

const parametersIn = (place: 'path' | 'query', object: z.ZodObject, schemas: Json): Json[] => {
  const { properties = {}, required = [] } = schemaOf(object, 'input', schemas) as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema,
  }));
};

const bodyOf = (operation: Operation, schemas: Json): Json => {
  if (operation.method === 'get' || operation.method === 'events') return {};
  const schema = schemaOf(operation.body, 'input', schemas);
  return { requestBody: { required: true, content: { 'application/json': { schema } } } };
};

const answerOf = (operation: Operation, schemas: Json): Json => {
  if (operation.method !== 'events') {
    const schema = schemaOf(operation.answer, 'output', schemas);
    return { description: 'Well.', content: { 'application/json': { schema } } };
  }
  // OpenAPI 3.1 has no word for a sequence of events: each event's data are described beside.
  const events = Object.entries(operation.events).map(([event, schema]) => [
    event,
    schemaOf(schema, 'output', schemas),
  ]);
  return {
    description: 'Server-sent events, as long as the client listens.',
    content: {
      'text/event-stream': { schema: { type: 'string' }, 'x-events': Object.fromEntries(events) },
    },
  };
};

const refusalsOf = (operation: Operation): Json => {
  const hasBody = operation.method === 'post' || operation.method === 'put';
  const codes = [...ALWAYS, ...(hasBody ? WITH_BODY : []), ...(operation.refuses ?? [])];
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  const byStatus: Json = {};
  for (const status of new Set(codes.map((code) => REFUSALS[code]))) {
    const named = codes.filter((code) => REFUSALS[code] === status).map((code) => `\`${code}\``);
    byStatus[status] = { description: `${STATUS_CODES[status]}: ${named.join(', ')}`, content };
  }
  return byStatus;
};

/** A schema as JSON Schema, with what has a name of its own among the components. */
const schemaOf = (schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json => {
  const { $schema: _, $defs = {}, ...own } = z.toJSONSchema(schema, { io }) as Json & { $defs?: Json };
  for (const [name, definition] of Object.entries($defs)) schemas[name] = relocated(definition);
  return relocated(own) as Json;
};

const relocated = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'));
