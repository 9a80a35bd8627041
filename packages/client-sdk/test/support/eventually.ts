import { vi } from 'vitest'

/** Waits until a check passes, with patience for a machine that has much to do. */
export function eventually(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, 5_000)
}
