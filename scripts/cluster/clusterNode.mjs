import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { clearTimeout, setTimeout } from 'node:timers'
import { root } from '../lib/root.mjs'
import { ask } from './ask.mjs'
import { spawnTied } from './spawnTied.mjs'

const CLI = join(root, 'packages/server/dist/standalone/cli.js')
const CHECK_INTERVAL_MS = 500
/** After so many checks without an answer, the connections of a node are closed. */
const MAX_UNANSWERED_CHECKS = 3
const END_TIMEOUT_MS = 4_000

/** One server process: its start, its end, and whether it can take clients. */
export class ClusterNode {
  name
  /** Where it listens; `undefined` until it does. */
  url
  /** Admitted connections, by its metrics. */
  connections = 0
  #options
  #child
  #isReady = false
  #isStopped = false
  #isDraining = false
  #isEnding = false
  #unanswered = 0
  #timer

  /**
   * @param options `cwd` and `env` of the process; `metricsToken`; `onLost()`, called when it has not
   * answered for a while
   */
  constructor(name, options) {
    this.name = name
    this.#options = options
  }

  get pid() {
    return this.#child?.pid
  }

  /** Whether new clients may be sent here. */
  get isReady() {
    return this.#isReady
  }

  get state() {
    if (!this.#child) return 'down'
    if (this.#isStopped) return 'frozen'
    if (this.#isDraining) return 'draining'
    if (this.url === undefined) return 'starting'
    return this.#isReady ? 'ready' : 'not ready'
  }

  /** Starts the process if there is none; resolves once it can take clients, or has ended. */
  async start() {
    if (this.#child || this.#isEnding) return
    const { cwd, env } = this.#options
    const child = spawnTied(process.execPath, [CLI], { cwd, env })
    this.#child = child
    const listening = new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [, url] = /running at (\S+)/.exec(line) ?? []
        if (url) resolve(url)
        else if (!isBanner(line)) this.#print(line)
      })
    })
    createInterface({ input: child.stderr }).on('line', (line) => this.#print(line))
    const exited = once(child, 'exit').then(([code, signal]) => {
      this.#onExit()
      const how = signal ? `by ${signal}` : `with code ${String(code)}`
      if (!this.#isEnding) console.log(`${this.name} has ended ${how}`)
    })
    const url = await Promise.race([listening, exited])
    if (!url || this.#child !== child) return
    this.url = url
    this.#timer = setInterval(() => void this.#check(), CHECK_INTERVAL_MS)
    await this.#check()
    if (this.#isReady) console.log(`${this.name} is ready at ${url}`)
  }

  /** Ends it at once, as when its machine fails. */
  kill() {
    this.#child?.kill('SIGKILL')
  }

  /** Suspends it, as when its machine stands still. */
  stop() {
    this.#isStopped = this.#child?.kill('SIGSTOP') ?? false
  }

  /** Lets a stopped process go on. */
  resume() {
    this.#child?.kill('SIGCONT')
    this.#isStopped = false
  }

  /** Ends it in order, as a service manager does. */
  drain() {
    this.#isDraining = this.#child?.kill('SIGTERM') ?? false
  }

  /** Ends it in order, but without the notice to load balancers; resolves once it has ended. */
  async end() {
    this.#isEnding = true
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(this.#isStopped ? 'SIGKILL' : 'SIGINT')
    const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS)
    await exited
    clearTimeout(timer)
  }

  #print(line) {
    console.log(`${this.name} │ ${line}`)
  }

  #onExit() {
    clearInterval(this.#timer)
    this.#child = undefined
    this.url = undefined
    this.connections = 0
    this.#isReady = this.#isStopped = this.#isDraining = false
    this.#unanswered = 0
  }

  /** Asks whether it is ready, and how many connections it has. */
  async #check() {
    const child = this.#child
    const { metricsToken, onLost } = this.#options
    const [ready, metrics] = await Promise.all([
      ask(`${this.url}/ready`),
      ask(`${this.url}/metrics`, { authorization: `Bearer ${metricsToken}` }),
    ])
    if (child !== this.#child || !child) return // it has ended since
    this.#isReady = ready?.status === 200
    const [, count] = /^yektayar_connections (\d+)$/m.exec(metrics?.text ?? '') ?? []
    if (count !== undefined) this.connections = Number(count)
    this.#unanswered = ready ? 0 : this.#unanswered + 1
    if (this.#unanswered < MAX_UNANSWERED_CHECKS) return
    this.connections = 0
    onLost()
  }
}

/** Lines that each of the nodes prints, and that say nothing about the cluster. */
function isBanner(line) {
  return /^(⚡|📚|🔒|🔑|✅|✨|👥)/u.test(line)
}
