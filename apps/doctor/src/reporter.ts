import type { Watcher } from './examine.js'
import type { Report } from './report.js'

/** Shows an examination, while it goes on and when it is over. */
export interface Reporter extends Watcher {
  begin?(url: string): void
  /** @param interactive why there is no interactive mode, or `undefined` when it comes next */
  end(report: Report, interactive: string | undefined): void
}

/** Takes text to be shown; a line at a time where it matters. */
export type Write = (text: string) => void
