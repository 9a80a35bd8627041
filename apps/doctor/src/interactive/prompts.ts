import type { Verdict } from '../report.js'

/** The actions of the interactive mode. */
export type ActionName = 'status' | 'ping' | 'echo' | 'message' | 'custom' | 'reconnect' | 'quit'

/** The input and output of the interactive mode. */
export interface Prompts {
  /** The next action; `quit` when the user cancels. */
  choose(status: string): Promise<ActionName>
  /** A line of text; `undefined` when the user cancels. */
  ask(question: string, initial: string): Promise<string | undefined>
  /** Shows progress while the work runs. */
  wait<Value>(label: string, work: () => Promise<Value>): Promise<Value>
  show(verdict: Verdict, title: string, text: string): void
}
