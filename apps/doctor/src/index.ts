export { examine } from './examine.js'

export type { Cause, CauseCode } from './causes.js'
export type { Examination, Watcher } from './examine.js'
export type { Facts, Finding, Report, StepName, StepResult, Verdict } from './report.js'
export type { ExamineOptions } from './visit.js'
