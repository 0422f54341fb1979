import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { headersByName } from '../../../../proxy/forwarding/header-list.ts';
import { refusalOf, upstreamHeaders } from '../../../../proxy/forwarding/request-policy.ts';
import { trustedProxies } from '../../../../proxy/forwarding/trusted-proxies.ts';

const requestOf = (
  headers: { [name: string]: string },
  options: { method?: string; raw?: string[] } = {},
) => {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: '::ffff:10.0.0.9' });
  const req = new IncomingMessage(socket);
  req.method = options.method ?? 'GET';
  req.headers = { host: 'shop.example:8443', ...headers };
  req.rawHeaders = options.raw ?? [];
  return req;
};

const sent = (
  headers: { [name: string]: string },
  { trusted = [], ...options }: { method?: string; trusted?: string[]; contentLength?: number } = {},
) =>
  headersByName(
    upstreamHeaders(requestOf(headers, options), {
      host: 'upstream:81',
      policy: { cookieName: 'banyan_key', isTrusted: trustedProxies(trusted) },
      contentLength: options.contentLength,
    }),
  );

describe('upstreamHeaders', () => {
  it('pass what is end to end', () => {
    const headers = {
      accept: 'a/b',
      authorization: 'Bearer t',
      'content-length': '3',
      etag: '"x"',
      cookie: 'a=1',
    };
    expect(sent(headers)).toMatchObject(headers);
  });

  it.each([
    'connection',
    'keep-alive',
    'proxy-connection',
    'proxy-authorization',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'http2-settings',
    'expect',
    'x-banyan-side',
    'x-banyan-anything',
    'x-forwarded-port',
    'x-forwarded-prefix',
  ])('never pass %s', (name) => {
    expect(sent({ [name]: 'chunked' }, { method: 'POST' })).not.toHaveProperty([name]);
  });

  it('drop what Connection names, but not what frames or addresses the message', () => {
    const outgoing = sent({
      connection: 'close, X-Hop, Content-Length, host',
      'x-hop': '1',
      'x-end': '2',
      'content-length': '3',
    });
    expect(outgoing).not.toHaveProperty(['x-hop']);
    expect(outgoing).toMatchObject({ 'x-end': '2', 'content-length': '3', host: 'upstream:81' });
  });

  it('cannot be robbed of what we say by naming it in Connection', () => {
    expect(sent({ connection: 'x-forwarded-for, forwarded' })).toMatchObject({
      'x-forwarded-for': '10.0.0.9',
    });
  });

  it("name the target as the host and tell of the client's in X-Forwarded-Host", () => {
    expect(sent({})).toMatchObject({ host: 'upstream:81', 'x-forwarded-host': 'shop.example:8443' });
  });

  it("replace a stranger's story of the client by what the connection tells", () => {
    const forged = {
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil',
      'x-real-ip': '1.2.3.4',
      forwarded: 'for=1.2.3.4',
    };
    expect(sent(forged)).toMatchObject({
      'x-forwarded-for': '10.0.0.9',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example:8443',
      'x-real-ip': '10.0.0.9',
      forwarded: 'for=10.0.0.9;host="shop.example:8443";proto=http',
    });
  });

  it("continue a trusted proxy's", () => {
    const headers = {
      'x-forwarded-for': '1.2.3.4, 5.6.7.8',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
      forwarded: 'for=1.2.3.4',
    };
    expect(sent(headers, { trusted: ['10.0.0.0/8'] })).toMatchObject({
      'x-forwarded-for': '1.2.3.4, 5.6.7.8, 10.0.0.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
      'x-real-ip': '5.6.7.8',
      forwarded: 'for=1.2.3.4, for=10.0.0.9;host="shop.example";proto=https',
    });
  });

  it.each([
    ['6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4, 10.0.0.7', '1.2.3.4'],
    ['10.0.0.7', '10.0.0.7'],
  ])('call him the client whom trusted proxies saw, not whom he says he is: %s', (chain, client) => {
    const headers = { 'x-forwarded-for': chain, 'x-real-ip': '6.6.6.6' };
    expect(sent(headers, { trusted: ['10.0.0.0/8'] })).toMatchObject({ 'x-real-ip': client });
  });

  it('take the client from a trusted proxy that keeps no chain', () => {
    const headers = { 'x-real-ip': '1.2.3.4' };
    expect(sent(headers, { trusted: ['10.0.0.0/8'] })).toMatchObject({
      'x-real-ip': '1.2.3.4',
      'x-forwarded-for': '10.0.0.9',
    });
  });

  it('pass what else a trusted proxy says', () => {
    const headers = { 'x-forwarded-port': '443', 'x-forwarded-user': 'ann' };
    expect(sent(headers, { trusted: ['10.0.0.0/8'] })).toMatchObject(headers);
    expect(sent(headers)).not.toHaveProperty(['x-forwarded-user']);
  });

  it('do not take a scheme that is none from a trusted proxy', () => {
    const headers = { 'x-forwarded-proto': 'https", evil' };
    expect(sent(headers, { trusted: ['10.0.0.9'] })).toMatchObject({ 'x-forwarded-proto': 'http' });
  });

  it('keep our cookie to ourselves', () => {
    expect(sent({ cookie: 'a=1; banyan_key=k; b=2' }).cookie).toBe('a=1; b=2');
    expect(sent({ cookie: 'banyan_key=k' })).not.toHaveProperty('cookie');
  });

  it('say the length of a body that is not as the client framed it', () => {
    const chunked = { 'transfer-encoding': 'chunked' };
    expect(sent(chunked, { contentLength: 5 })).toMatchObject({ 'content-length': '5' });
    expect(sent({ 'content-length': '3' }, { contentLength: 5 })).toMatchObject({ 'content-length': '5' });
    expect(sent({ 'content-length': '3' }, { contentLength: -1 })).not.toHaveProperty(['content-length']);
  });
});

describe('refusalOf', () => {
  const refusal = (headers: { [name: string]: string }, raw: string[] = [], target = '/a') =>
    refusalOf(requestOf(headers, { raw }), target)?.code;

  it('lets an ordinary request pass', () => {
    expect(refusal({}, ['Host', 'a'])).toBeUndefined();
    expect(refusal({ host: '[::1]:80', 'transfer-encoding': 'Chunked' }, ['Host', 'a'])).toBeUndefined();
  });

  it('refuses paths that are not canonical, a second host, a host that is none, and other encodings', () => {
    expect(refusal({}, [], '/a//b')).toBe('bad-path');
    expect(refusal({}, ['Host', 'a', 'Accept', '*', 'hOST', 'b'])).toBe('bad-host');
    expect(refusal({ host: 'a"; for=evil' })).toBe('bad-host');
    expect(refusal({ 'transfer-encoding': 'gzip, chunked' })).toBe('bad-transfer-encoding');
  });
});
