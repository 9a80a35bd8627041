/** The JavaScript runtime that the server runs on. */
export interface Runtime {
  readonly name: 'Node.js' | 'Bun'
  /** As the runtime prints it: `v20.19.0`, `1.4.5`. */
  readonly version: string
  /** Whether Socket.IO works on this runtime's `node:http`. */
  readonly supportsSocketIo: boolean
}

const FIRST_BUN_WITH_SOCKET_IO = [1, 4] as const

/** Detects Node.js or Bun from `process.versions`. */
export function detectRuntime(versions: NodeJS.ProcessVersions = process.versions): Runtime {
  const { bun } = versions
  if (bun === undefined) {
    return { name: 'Node.js', version: `v${versions.node}`, supportsSocketIo: true }
  }
  const [major = 0, minor = 0] = bun.split('.').map(Number)
  const [firstMajor, firstMinor] = FIRST_BUN_WITH_SOCKET_IO
  const supportsSocketIo = major > firstMajor || (major === firstMajor && minor >= firstMinor)
  return { name: 'Bun', version: bun, supportsSocketIo }
}
