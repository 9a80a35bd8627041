import { connect } from './connect.mjs'
import { durable } from './durable.mjs'
import { echo } from './echo.mjs'
import { fanOut } from './fanOut.mjs'
import { memory } from './memory.mjs'

/** All scenarios by name, in the order of the table. */
export const scenarios = {
  echo1: echo(1, 1.1),
  echo20: echo(20, 0.9),
  connect,
  memory,
  fanOut,
  durable,
}
