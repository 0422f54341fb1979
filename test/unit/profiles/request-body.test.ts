import { describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { requestBody } from '../../../services/profiles/request-body.ts';

const schema = z.strictObject({ bio: z.string().max(5), name: z.string().optional() });
const event = (body: string | undefined, more: object = {}) =>
  ({
    headers: { 'content-type': 'application/json; charset=utf-8' },
    isBase64Encoded: false,
    ...(body === undefined ? {} : { body }),
    ...more,
  }) as unknown as APIGatewayProxyEventV2;

describe('requestBody', () => {
  it('reads JSON, encoded or not', () => {
    expect(requestBody(event('{"bio":"ünï"}'), schema)).toEqual({ bio: 'ünï' });
    const encoded = Buffer.from('{"bio":"ünï"}').toString('base64');
    expect(requestBody(event(encoded, { isBase64Encoded: true }), schema)).toEqual({ bio: 'ünï' });
  });

  it('lists every problem with its path, and repeats no value', () => {
    const read = () => requestBody(event('{"bio":"secret","name":1}'), schema);
    expect(read).toThrow(/body\.bio: .*; body\.name: /);
    expect(read).not.toThrow(/secret/);
  });

  it.each([
    ['no body', event(undefined)],
    ['broken JSON', event('{"bio":')],
    ['JSON under another name', event('{"bio":"a"}', { headers: { 'content-type': 'text/plain' } })],
    ['JSON without a name', event('{"bio":"a"}', { headers: {} })],
    ['null', event('null')],
  ])('refuses %s with 400', (_what, wrong) => {
    expect(() => requestBody(wrong, schema)).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid' }),
    );
  });

  it('refuses more than 16 KiB, counted in bytes, before it reads any', () => {
    const tooLarge = expect.objectContaining({ status: 413, code: 'too-large' });
    expect(() => requestBody(event('x'.repeat(16 * 1024 + 1)), schema)).toThrow(tooLarge);
    expect(() => requestBody(event('ü'.repeat(9_000)), schema)).toThrow(tooLarge);
  });
});
