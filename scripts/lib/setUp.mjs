import { build } from './build.mjs'
import { checkNode } from './checkNode.mjs'
import { install } from './install.mjs'

/** Brings a clone to the point where everything runs; what is already done is skipped. */
export async function setUp({ forceBuild = false } = {}) {
  checkNode()
  await install()
  await build({ force: forceBuild })
}
