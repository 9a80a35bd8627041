import { CommandError } from './run.mjs'

/** Runs a script; a failure becomes one clear line, after the output of the command that failed. */
export async function main(work) {
  try {
    await work()
  } catch (error) {
    if (error instanceof CommandError) console.error(error.output)
    console.error(error.message)
    process.exitCode = 1
  }
}
