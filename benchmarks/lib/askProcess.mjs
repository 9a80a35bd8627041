import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts a script on one processor, and sends it requests. */
export async function askProcess(script, { processor, args = [] }) {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execPath: 'taskset',
    execArgv: ['--cpu-list', String(processor), process.execPath],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting = new Map()
  const ready = new Promise((resolve) => waiting.set('ready', resolve))
  child.on('message', ({ id, answer }) => {
    waiting.get(id)(answer)
    waiting.delete(id)
  })
  child.on('exit', (code) => {
    if (waiting.size > 0) throw new Error(`${script} ended with ${code} before it answered`)
  })
  await ready

  let lastId = 0
  return {
    pid: child.pid,
    ask(question, ...values) {
      const id = ++lastId
      const answered = new Promise((resolve) => waiting.set(id, resolve))
      child.send({ id, question, values })
      return answered
    },
    async close() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
