import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

/** How often the event loop is looked at, in milliseconds. */
const LOOP_LOOK_MS = 2
/** Created with the first question, since looking costs something. */
let loopDelays

const common = {
  /** Microseconds of CPU time so far, user and system. */
  processorTime() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  /** How late the event loop was since the last call, in milliseconds; the first call begins. */
  loopDelay() {
    if (!loopDelays) {
      loopDelays = monitorEventLoopDelay({ resolution: LOOP_LOOK_MS })
      loopDelays.enable()
    }
    const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - LOOP_LOOK_MS)
    const delay = { max: late(loopDelays.max), p99: late(loopDelays.percentile(99)) }
    loopDelays.reset()
    return delay
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
