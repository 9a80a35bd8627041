import type { IncomingMessage } from 'node:http'
import { isIP, isIPv6 } from 'node:net'
import proxyAddress from '@fastify/proxy-addr'

/** Determines the address of the peer that sent a request. */
export type ClientAddress = (request: IncomingMessage) => string

/**
 * The rule for REST and sockets, the same as Fastify's: the nearest address that is not a trusted
 * proxy. Entries of `X-Forwarded-For` count only if trusted proxies wrote them.
 *
 * @param trustProxy entries that are trustable
 */
export function createClientAddress(trustProxy: readonly string[]): ClientAddress {
  // No trusted proxy: ignore X-Forwarded-For.
  if (trustProxy.length === 0) return ({ socket }) => socket.remoteAddress ?? ''
  const isTrusted = proxyAddress.compile([...trustProxy])
  return (request) => proxyAddress(request, isTrusted)
}

/** The ranges that Fastify has names for. */
const rangeNames = ['loopback', 'linklocal', 'uniquelocal']

/**
 * Whether an entry of `trustProxy` is one that Fastify understands: an address, a range of addresses or
 * its name. Fastify would take other numbers for addresses, such as the 1 of one proxy for 0.0.0.1.
 */
export function isTrustable(entry: string): boolean {
  const [address = ''] = entry.split('/')
  if (isIP(address) === 0 && !rangeNames.includes(entry)) return false
  try {
    proxyAddress.compile(entry)
    return true
  } catch {
    return false
  }
}

/**
 * The key under which limits count an address. One IPv6 subscriber can use every address of a /64
 * network, so the network is counted. An IPv4-mapped IPv6 address counts as its IPv4 address.
 */
export function countedAddress(given: string): string {
  const address = withoutPort(given)
  if (!address.includes(':')) return address
  const [plain = ''] = address.split('%') // a zone id names an interface of this machine
  if (!isIPv6(plain)) return address
  const groups = groupsOf(plain)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (!isMapped) {
    const network = groups.slice(0, 4).map((group) => group.toString(16))
    return `${network.join(':')}::/64`
  }
  const [high = 0, low = 0] = groups.slice(6)
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}

/** Some proxies add the port of each connection to what they write into `X-Forwarded-For`. */
function withoutPort(address: string): string {
  const [, bracketed, dotted] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(address) ?? []
  return bracketed ?? dotted ?? address
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const compressed = new URL(`http://[${address}]`).hostname.slice(1, -1) // without dotted parts
  const [head = [], tail] = compressed
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = tail ? Array<string>(8 - head.length - tail.length).fill('0') : []
  return [...head, ...zeros, ...(tail ?? [])].map((group) => parseInt(group, 16))
}
