import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

let delays

const common = {
  /** Microseconds of CPU time so far, user and system. */
  processorTime() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  /** Bytes of memory in use after garbage collection. */
  async memory() {
    for (let time = 0; time < 4; time++) {
      collectGarbage()
      await sleep(50)
    }
    return process.memoryUsage.rss()
  },
  /** Bytes after garbage collection: in the heap and beside it, and all that the process has. */
  async memoryParts() {
    const rss = await common.memory()
    const { heapUsed, external } = process.memoryUsage()
    return { heap: heapUsed + external, rss }
  },
  /** How late the event loop was since the last question, in ms; the first one begins to look. */
  loopDelay() {
    if (!delays) {
      delays = monitorEventLoopDelay({ resolution: 1 })
      delays.enable()
    }
    const toMs = (nanoseconds) => (nanoseconds > 0 ? nanoseconds / 1e6 - 1 : 0) // 1 ms is its timer
    const told = { max: toMs(delays.max), p99: toMs(delays.percentile(99)) }
    delays.reset()
    return told
  },
}

/** Answers the requests of the parent process, and reports that it is ready. */
export function answerParent(own) {
  const questions = { ...common, ...own }
  process.on('message', async ({ id, question, values }) => {
    const answer = await questions[question](...values)
    process.send({ id, answer })
  })
  process.on('disconnect', () => process.exit())
  process.send({ id: 'ready' })
}
