import type { Verdict } from '../report.js'

/** What the interactive mode offers. */
export type ActionName = 'status' | 'ping' | 'echo' | 'message' | 'custom' | 'reconnect' | 'quit'

/** How the interactive mode talks with its user. */
export interface Prompts {
  /** The next action; `quit` when the user cancels. */
  choose(status: string): Promise<ActionName>
  /** A line of text; `undefined` when the user cancels. */
  ask(question: string, initial: string): Promise<string | undefined>
  /** Shows that something is under way. */
  wait<Value>(label: string, work: () => Promise<Value>): Promise<Value>
  show(verdict: Verdict, title: string, text: string): void
}
