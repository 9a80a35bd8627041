import type { Answer } from '@yektayar/protocol'
import { expect } from 'vitest'
import type { Socket } from 'socket.io-client'
import { within } from './within.js'

const PING_INTERVAL_MS = 20

/** Pings all the time from a well-behaved client, which must notice nothing else. */
export function watchFrom(client: Socket) {
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

  /** Fails if the client has noticed anything so far. */
  const check = (): void => {
    expect(noticed, 'what a well-behaved client noticed').toEqual([])
    expect(client.id).toBe(id)
  }
  return {
    check,
    /** Waits for every answer, checks once more, and stops pinging. */
    async finish(): Promise<void> {
      clearInterval(timer)
      ping()
      const answers = await within(Promise.allSettled(pings), 'pings of a well-behaved client')
      client.off('disconnect')
      for (const answer of answers) {
        if (answer.status === 'rejected') noticed.push(`no answer: ${String(answer.reason)}`)
        else if (!answer.value.ok) noticed.push(JSON.stringify(answer.value))
      }
      check()
    },
  }
}
