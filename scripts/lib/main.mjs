import { CommandError } from './run.mjs'

/** Runs a script. On a failure it prints the output of the failed command and one clear line. */
export async function main(work) {
  try {
    await work()
  } catch (error) {
    if (error instanceof CommandError) console.error(error.output)
    console.error(error.message)
    process.exitCode = 1
  }
}
