import type { Limits } from '@yektayar/server'
import { expect, vi } from 'vitest'
import { openRaw } from '../../input/support/rawConnection.js'
import type { RawConnection } from '../../input/support/rawConnection.js'
import { askProcess } from './askProcess.js'

const ONLOOKERS = 8
const WARM_UP_PINGS = 100
/** The fewest pings of a report. With fewer, a single late answer would decide the p99. */
const LEAST_PINGS = 150
const PATIENCE_MS = 10_000
const ROUNDS = 3
const MAX_ADDED_MS = 50
const MAX_ADDED_BYTES = 64 * 1024 ** 2

/** Short timeouts, to keep the tests fast. The default values do not matter here. */
const shortTimes: Partial<Limits> = {
  admissionTimeoutMs: 1_500,
  closeGraceMs: 500,
  headersTimeoutMs: 1_500,
  requestTimeoutMs: 2_000,
}

interface State {
  readonly bytes: number
  readonly open: { readonly tcp: number; readonly transports: number; readonly connections: number }
  readonly listeners: readonly number[]
}

interface Report {
  readonly noticed: readonly string[]
  readonly pings: number
  readonly p99Ms: number
}

/** What an attack can use. */
export interface Victim {
  readonly url: string
  readonly acquireToken: () => Promise<string>
  /** An admitted WebSocket on which the attack writes packets by hand. */
  readonly admittedRaw: () => Promise<RawConnection>
}

/**
 * A server to attack and a control server that nobody attacks, each with well-behaved clients. The
 * control shows how busy the machine itself is. Each server, and the clients, have their own
 * process, so the attacker's own work is not measured.
 */
export async function openArena(unusual: Partial<Limits> = {}) {
  const limits = { ...shortTimes, ...unusual }
  const target = askProcess('./target.mjs', limits)
  const control = askProcess('./target.mjs', limits)
  const servers = await Promise.all([target, control].map(introduce))
  const url = servers[0]?.url ?? ''
  const onlooker = askProcess('./onlooker.mjs', servers)
  await onlooker.printed(/watching (all)/)
  const watch = createWatch(onlooker)
  await watch.until(WARM_UP_PINGS)
  await watch.start()
  const quiet = await watch.until(LEAST_PINGS)
  const baseline = await target.ask<State>('state')

  const acquireToken = (): Promise<string> => target.ask<string>('token')
  const victim: Victim = {
    url,
    acquireToken,
    async admittedRaw() {
      const raw = await openRaw(url)
      raw.send(`40${JSON.stringify({ token: await acquireToken() })}`)
      await raw.next('42["connected"')
      return raw
    },
  }

  /** Fails unless the server has returned to its state before the attack. */
  const checkState = (): Promise<void> =>
    vi.waitFor(
      async () => {
        const { open, listeners, bytes } = await target.ask<State>('state')
        expect(open).toEqual(baseline.open)
        expect(listeners).toEqual(baseline.listeners)
        expect(bytes - baseline.bytes).toBeLessThan(MAX_ADDED_BYTES)
      },
      { timeout: PATIENCE_MS, interval: 100 },
    )

  return {
    /** Attacks, and fails if the server or its other clients suffered. */
    async withstand(attack: (victim: Victim) => Promise<void>): Promise<void> {
      let excessMs = Infinity
      // A busy machine is slow in some rounds only; a weakness shows in every round.
      for (let round = 0; round < ROUNDS && excessMs >= 0; round++) {
        await watch.start()
        await attack(victim)
        const [attacked, calm] = await watch.until(LEAST_PINGS)
        expect(attacked.noticed, 'what well-behaved clients noticed').toEqual([])
        const usualMs = Math.max(quiet[0].p99Ms, calm.p99Ms)
        // On a busy machine, a server under load also waits longer for the CPU.
        excessMs = attacked.p99Ms - usualMs - Math.max(MAX_ADDED_MS, 2 * usualMs)
        await checkState()
      }
      expect(excessMs, 'the p99 of a ping beyond what is allowed').toBeLessThan(0)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(
        [onlooker, target, control].map((process) => process[Symbol.asyncDispose]()),
      )
    },
  }
}

async function introduce(server: ReturnType<typeof askProcess>) {
  const url = await server.printed(/listens at (\S+)/)
  const tokens: string[] = []
  while (tokens.length < ONLOOKERS) tokens.push(await server.ask<string>('token'))
  return { url, tokens }
}

function createWatch(onlooker: ReturnType<typeof askProcess>) {
  return {
    /** Forgets what the clients have noticed so far. */
    start: () => onlooker.ask<null>('start'),
    /**
     * The reports of the clients on the attacked server and on the control, once there are enough
     * pings.
     */
    until: (pings: number) =>
      vi.waitFor(
        async () => {
          const reports = await onlooker.ask<[Report, Report]>('report')
          for (const report of reports) expect(report.pings).toBeGreaterThanOrEqual(pings)
          return reports
        },
        { timeout: PATIENCE_MS, interval: 100 },
      ),
  }
}
