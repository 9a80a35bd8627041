import type { Limits } from '@yektayar/server'

const PLENTY = 1_000_000

/**
 * The limits that count clients, commands or tries, so high that no test meets them: all clients of
 * a test have one address. What bounds a single packet, connection or wait stays as it is.
 */
export const roomyLimits = {
  packetsPerSecond: PLENTY,
  packetBurst: PLENTY,
  commandsPerSessionPerSecond: PLENTY,
  commandBurstPerSession: PLENTY,
  handshakesPerAddressPerSecond: PLENTY,
  handshakeBurstPerAddress: PLENTY,
  connectionsPerAddress: PLENTY,
  waitingPerAddress: PLENTY,
  acquiresPerAddressPerMinute: PLENTY,
  signInsPerAddressPerMinute: PLENTY,
  signInsPerAccountAndAddressPerMinute: PLENTY,
  signInsPerAccountPerMinute: PLENTY,
  signInsPerAccountPerHour: PLENTY,
  signInsPerKnownSessionPerMinute: PLENTY,
  signInsWaitingPerAddress: PLENTY,
  wrongPasswordsPerAddressPerMinute: PLENTY,
  newRoomsPerSessionPerHour: PLENTY,
  storedBytesPerSessionPerHour: PLENTY * 1_000,
} as const satisfies Partial<Limits>
