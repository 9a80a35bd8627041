import { vi } from 'vitest'

/** Retries a check until it passes; the timeout allows for a busy machine. */
export function eventually(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, 5_000)
}
