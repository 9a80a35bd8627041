import type { Limits } from '@yektayar/server'

const PLENTY = 1_000_000

/**
 * Very high values for limits that count clients, commands or attempts, since all clients of a test
 * share one address. Limits of a single packet, connection or wait keep their defaults.
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
