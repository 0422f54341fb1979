import { BlockList, isIP } from 'node:net';

const CIDR = /^(.+)\/(\d{1,3})$/;

/** Whether `text` is an IP address or a CIDR range. */
export const isAddressOrRange = (text: string): boolean => {
  const [, address = text, bits] = CIDR.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && (bits === undefined || Number(bits) <= (family === 4 ? 32 : 128));
};

/** Tells whether an address is one of `ranges`: addresses or CIDR ranges. */
export const trustedProxies = (ranges: readonly string[]): ((address: string) => boolean) => {
  if (ranges.length === 0) return () => false;
  const list = new BlockList();
  for (const range of ranges) {
    const [, address = range, bits] = CIDR.exec(range) ?? [];
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
};
