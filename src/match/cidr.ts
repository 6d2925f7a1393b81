/** CIDR blocks with exceptions, as NetworkPolicy's ipBlock. IPv4-mapped IPv6 addresses count as IPv4. */
import ipaddr from 'ipaddr.js';
import { known, type Ternary } from './ternary.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Block = [Address, number];
type IpBlock = { cidr: string; except: readonly string[] };
type Parsed = { block: Block; except: Block[] } | null;

/** A policy is asked about thousands of addresses; its blocks are parsed once. */
const parsed = new WeakMap<IpBlock, Parsed>();

/** The same addresses are asked about again and again; no more than these are kept. */
const MAX_ADDRESSES = 8192;
const addresses = new Map<string, Address | null>();

function addressOf(text: string): Address | null {
  const known = addresses.get(text);
  if (known !== undefined) return known;
  if (addresses.size >= MAX_ADDRESSES) addresses.clear();
  const address = parseAddress(text);
  addresses.set(text, address);
  return address;
}

/** Null for what Kubernetes would not accept: octal or short IPv4 forms, zones, garbage. */
export function parseAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (text.includes('%') || !text.includes(':') || !ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

export function parseCidr(text: string): Block | null {
  const slash = text.indexOf('/');
  const address = slash < 0 ? null : parseAddress(text.slice(0, slash));
  const prefix = /^\d{1,3}$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : -1;
  if (!address || prefix < 0 || prefix > (address.kind() === 'ipv4' ? 32 : 128)) return null;
  return [address, prefix];
}

function inside(address: Address, [network, prefix]: Block): boolean {
  return address.kind() === network.kind() && address.match(network as never, prefix);
}

function parseBlock(peer: IpBlock): Parsed {
  const block = parseCidr(peer.cidr);
  const except = peer.except.map(parseCidr);
  return block && except.every((one) => one !== null) ? { block, except: except as Block[] } : null;
}

/** Whether the address lies in the block and in none of its exceptions; `unknown` if either cannot be read. */
export function ipBlockMatches(peer: IpBlock, address: string): Ternary {
  let blocks = parsed.get(peer);
  if (blocks === undefined) {
    blocks = parseBlock(peer);
    parsed.set(peer, blocks);
  }
  const candidate = addressOf(address);
  if (!blocks || !candidate) return 'unknown';
  return known(inside(candidate, blocks.block) && !blocks.except.some((one) => inside(candidate, one)));
}

/** Whether one address lies in one block, for `--can` and derived policies; false if either cannot be read. */
export function cidrContains(cidr: string, address: string): boolean {
  const block = parseCidr(cidr);
  const candidate = addressOf(address);
  return block !== null && candidate !== null && inside(candidate, block);
}
