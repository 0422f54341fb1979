import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { z } from 'zod';
import { invalid, Refusal } from './refusal.ts';

const MAX_BODY_BYTES = 16 * 1024;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/**
 * The JSON body of a request, read through `schema`.
 * @throws Refusal 413 above 16 KiB; 400 that lists every problem with its path and repeats no value.
 */
export const requestBody = <T>(event: APIGatewayProxyEventV2, schema: z.ZodType<T>): T => {
  const parsed = schema.safeParse(jsonOf(event));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${['body', ...issue.path].map(String).join('.')}: ${issue.message}`,
  );
  throw invalid(problems.join('; '));
};

const jsonOf = ({ body, headers, isBase64Encoded }: APIGatewayProxyEventV2): unknown => {
  if (body === undefined || !JSON_TYPE.test(headers['content-type'] ?? '')) return undefined;
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw new Refusal(413, 'too-large', 'the body is larger than 16 KiB');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw invalid('body: is not JSON');
  }
};
