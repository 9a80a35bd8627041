import { isCancel, log, select, spinner, text } from '@clack/prompts'
import { stepNames, stepNumber, stepTitles } from '../report.js'
import { paint } from '../render/prettyLines.js'
import type { ActionName, Prompts } from './prompts.js'

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
  const heading = `${stepNumber('interactive')}/${stepNames.length} ${stepTitles.interactive}`
  let last: ActionName = 'status'
  let hasEmptyLine = false // a spinner leaves one behind
  return {
    choose: async (status) => {
      const choice = await select({
        message: `${paint.bold(heading)} ${paint.dim(status)}`,
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
      const running = spinner()
      running.start(label)
      try {
        return await work()
      } finally {
        running.clear()
        hasEmptyLine = true
      }
    },
    show: (verdict, title, body) => {
      const lines = body === '' ? [] : body.split('\n').map((line) => paint.dim(line))
      const spacing = hasEmptyLine ? 0 : 1
      log.message([paint.bold(title), ...lines], { symbol: paint.symbols[verdict], spacing })
      hasEmptyLine = false
    },
  }
}
