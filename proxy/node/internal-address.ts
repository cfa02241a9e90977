/**
 * Which addresses belong to a machine, its network or nobody, and so are no place for a webhook
 * (IANA special-purpose registries for IPv4 and IPv6). Loopback is allowed where a URL says so: only
 * the partner's own settings can name it, and trying things out needs it.
 */
import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from '../address.ts';

const IPV4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/**
 * Global unicast is all that IANA has handed out; outside of it nobody's receiver lives. Within it,
 * protocol assignments, documentation, and 6to4 and Teredo, which carry an IPv4 address to where
 * nobody can say, are refused whole.
 */
const GLOBAL_IPV6 = ['2000::', 3] as const;
const IPV6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Azure's host agent, which hands credentials to whoever asks: public by number, internal by nature. */
const AZURE_HOST = '168.63.129.16';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const internal = new BlockList();
for (const [address, bits] of [...IPV4, [AZURE_HOST, 32] as const]) {
  internal.addSubnet(address, bits, 'ipv4');
  // Public NAT64 is how an IPv6-only network reaches IPv4 receivers: what it carries decides.
  internal.addSubnet(`64:ff9b::${address}`, 96 + bits, 'ipv6');
}
internal.addSubnet('64:ff9b::127.0.0.0', 104, 'ipv6');
for (const [address, bits] of IPV6) internal.addSubnet(address, bits, 'ipv6');

/** IPv6 that may be public: global unicast, and what carries an IPv4 address that is judged by itself. */
const carried = new BlockList();
carried.addSubnet(...GLOBAL_IPV6, 'ipv6');
carried.addSubnet('64:ff9b::', 96, 'ipv6');
carried.addSubnet('::ffff:0.0.0.0', 96, 'ipv6');

/** `address` without brackets and zone, as resolvers and URLs give it; null when it is no IP address. */
function ipOf(address: string): { ip: string; family: 'ipv4' | 'ipv6' } | null {
  const ip = address.replace(/^\[|\]$|%.*$/g, '');
  const version = isIP(ip);
  return version === 0 ? null : { ip, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Whether `address`, an IP address in any notation, is on the machine itself. Names are not. */
export function isLoopback(address: string): boolean {
  const found = ipOf(address);
  return found !== null && loopback.check(found.ip, found.family);
}

/** Whether `address` is an IP address that is neither public nor loopback. */
export function isInternal(address: string): boolean {
  const found = ipOf(address);
  if (found === null || loopback.check(found.ip, found.family)) return false;
  return (
    internal.check(found.ip, found.family) || (found.family === 'ipv6' && !carried.check(found.ip, 'ipv6'))
  );
}

/**
 * Whether a connection to `hostname` must not be made to `address`, to which it resolved: an internal
 * address, or this machine where the name is not one of its own, which is how DNS rebinding comes in.
 */
export function isRefused(hostname: string, address: string): boolean {
  return isInternal(address) || (isLoopback(address) && !isLoopbackHost(hostname));
}
