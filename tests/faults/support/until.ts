import { vi } from 'vitest'

/** Resolves once something is so; on a busy machine that may take its time. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isSo, { timeout: 15_000 })
}
