import { describe, expect, it } from '@jest/globals';
import { isAddressOrRange, trustedProxies } from '../../../../proxy/forwarding/trusted-proxies.ts';

describe('trusted proxies', () => {
  it.each(['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '0.0.0.0/0'])('may be given as %s', (text) => {
    expect(isAddressOrRange(text)).toBe(true);
  });

  it.each(['', 'lb.internal', '10.0.0', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/8/8'])(
    'may not be given as %j',
    (text) => {
      expect(isAddressOrRange(text)).toBe(false);
    },
  );

  it('are those in the list, and nobody without one', () => {
    const isTrusted = trustedProxies(['10.0.0.0/8', '192.168.1.1', 'fd00::/8']);
    expect(['10.9.9.9', '192.168.1.1', 'fd12::1'].every(isTrusted)).toBe(true);
    expect(['11.0.0.1', '192.168.1.2', 'fe80::1', 'unknown', ''].some(isTrusted)).toBe(false);
    expect(trustedProxies([])('127.0.0.1')).toBe(false);
  });
});
