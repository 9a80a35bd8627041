import { isServerErrorCode } from '@yektayar/protocol'
import type { Answer } from '@yektayar/protocol'
import { expect } from 'vitest'
import type { Socket } from 'socket.io-client'
import { within } from './within.js'

const PING_INTERVAL_MS = 20

/** What a bystander puts up with. */
export interface BystanderOptions {
  /** Answers other than success that count as nothing to notice. @default [] */
  tolerates?: readonly string[]
}

/** Watches from a connected, well-behaved client: it pings all the time and must notice nothing. */
export function watchFrom(client: Socket, { tolerates = [] }: BystanderOptions = {}) {
  const noticed: string[] = []
  const pings: Promise<Answer<unknown>>[] = []
  const ping = (): void => {
    pings.push(client.emitWithAck('ping') as Promise<Answer<unknown>>)
  }

  const { id } = client
  client.onAny((name: string) => noticed.push(`event ${name}`))
  client.on('disconnect', (reason) => noticed.push(`disconnect: ${reason}`))
  ping()
  const timer = setInterval(ping, PING_INTERVAL_MS)

  return {
    /** Fails when the client noticed anything, and stops. */
    async finish(): Promise<void> {
      clearInterval(timer)
      ping()
      const answers = await within(Promise.allSettled(pings), 'pings of a well-behaved client')
      client.off('disconnect')
      for (const answer of answers) {
        if (answer.status === 'rejected') noticed.push(`no answer: ${String(answer.reason)}`)
        else if (!isFine(answer.value, tolerates)) noticed.push(JSON.stringify(answer.value))
      }
      expect(noticed, 'what a well-behaved client noticed').toEqual([])
      expect(client.id).toBe(id)
    },
  }
}

function isFine(answer: Answer<unknown>, tolerates: readonly string[]): boolean {
  if (answer.ok) return true
  return isServerErrorCode(answer.error.code) && tolerates.includes(answer.error.code)
}
