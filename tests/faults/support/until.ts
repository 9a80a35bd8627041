import { vi } from 'vitest'

/** Waits until a condition holds; the timeout allows for a busy machine. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isSo, { timeout: 15_000 })
}
