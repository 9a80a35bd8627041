import type { Watcher } from './examine.js'
import type { Report } from './report.js'

/** Shows an examination while it runs and at its end. */
export interface Reporter extends Watcher {
  begin?(url: string): void
  /** @param interactive why there is no interactive mode, or `undefined` when it comes next */
  end(report: Report, interactive: string | undefined): void
}

/** Writes text to the output. */
export type Write = (text: string) => void
