import { isCancel, log, select, spinner, text } from '@clack/prompts'
import { paint } from '../render/prettyLines.js'
import type { ActionName } from './actions.js'
import type { Prompts } from './prompts.js'

const choices: { value: ActionName; label: string; hint: string }[] = [
  { value: 'status', label: 'Status', hint: 'the server’s and this connection’s' },
  { value: 'ping', label: 'Ping', hint: 'measure the round trip' },
  { value: 'echo', label: 'Echo', hint: 'send something and get it back' },
  { value: 'message', label: 'Message', hint: 'send a message to the server' },
  { value: 'custom', label: 'Custom event', hint: 'any name, any payload' },
  { value: 'reconnect', label: 'Reconnect', hint: 'close the connection and open another' },
  { value: 'quit', label: 'Quit', hint: 'or Ctrl-C' },
]

/** Prompts in the terminal. */
export function clackPrompts(): Prompts {
  let last: ActionName = 'status'
  return {
    choose: async (status) => {
      const choice = await select({
        message: `${paint.bold('6/6 Interactive mode')} ${paint.dim(status)}`,
        options: choices,
        initialValue: last,
        showInstructions: false,
      })
      last = isCancel(choice) ? 'quit' : choice
      return last
    },
    ask: async (question, initial) => {
      const answer = await text({ message: question, initialValue: initial })
      return isCancel(answer) ? undefined : answer
    },
    wait: async (label, work) => {
      const interruption = new AbortController()
      const running = spinner()
      running.start(label)
      try {
        return await work(interruption.signal)
      } finally {
        running.clear()
      }
    },
    show: (verdict, title, body) => {
      const lines = body === '' ? [] : body.split('\n').map((line) => paint.dim(line))
      log.message([paint.bold(title), ...lines], { symbol: paint.symbols[verdict] })
    },
  }
}
