import dns from 'node:dns'
import { networkInterfaces } from 'node:os'
import { vi } from 'vitest'

/** Whether this machine can listen on `::1`, the IPv6 address of `localhost`. */
export const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

/**
 * Makes `localhost` resolve to both addresses within a scope. The machine's own hosts file may list
 * only one.
 */
export function twoAddresses(): Disposable {
  const first = { address: '127.0.0.1', family: 4 }
  const other = { address: '::1', family: 6 }
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation((...args: unknown[]) => {
    const found = args.at(-1) as (error: null, ...result: unknown[]) => void
    const wantsAll = (args[1] as { all?: boolean }).all === true
    const one = args[0] === other.address ? other : first
    if (wantsAll) found(null, one === other ? [other] : [first, other])
    else found(null, one.address, one.family)
  })
  return {
    [Symbol.dispose]() {
      lookup.mockRestore()
    },
  }
}
