import { endOnSignals } from './startSignals.js'

endOnSignals() // before the rest is loaded, which takes a while

const { answerArguments } = await import('./arguments.js')
const answer = answerArguments(process.argv.slice(2))
if (!answer) await import('./cli.js')
else {
  const { text, exitCode } = answer
  if (exitCode === 0) console.log(text)
  else console.error(text)
  process.exitCode = exitCode
}
