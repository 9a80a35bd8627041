import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

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
