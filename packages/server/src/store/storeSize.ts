import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import { timerMs } from '../shared/timerMs.js'

/** What the size of the store is watched with. */
export interface StoreSizeOptions {
  readBytes(this: void): Promise<number>
  limits: Limits
  log: FastifyBaseLogger
}

/** How much the store holds, as it was looked up last. */
export interface StoreSize {
  /** Without what is free in its file. */
  readonly bytes: number
  /** Whether nothing more may be stored. */
  readonly isFull: boolean
  /** Stops its timer. */
  close(): void
}

/** Looks from time to time how large the store is, which costs no more than to read its header. */
export async function watchStoreSize({
  readBytes,
  limits,
  log,
}: StoreSizeOptions): Promise<StoreSize> {
  const { maxStoreBytes } = limits
  let bytes = await readBytes()
  let wasFull = false

  function judge(): void {
    const isFull = bytes >= maxStoreBytes
    if (isFull && !wasFull) {
      const what = 'the store is full: messages and other once commands are refused (maxStoreBytes)'
      log.warn({ bytes, maxStoreBytes }, what)
    }
    if (!isFull && wasFull) log.info({ bytes, maxStoreBytes }, 'the store has room again')
    wasFull = isFull
  }
  async function look(): Promise<void> {
    bytes = await readBytes()
    judge()
  }
  judge()
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      log.debug({ err: error }, 'the size of the store could not be read')
    })
  }, timerMs(limits.storeSizeIntervalMs))
  timer.unref()

  return {
    get bytes() {
      return bytes
    },
    get isFull() {
      return wasFull
    },
    close() {
      clearInterval(timer)
    },
  }
}
