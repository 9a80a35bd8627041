import { build } from './build.mjs'
import { checkNode } from './checkNode.mjs'
import { install } from './install.mjs'

/** Prepares a clone so that everything runs; skips steps that are already done. */
export async function setUp({ forceBuild = false } = {}) {
  checkNode()
  await install()
  await build({ force: forceBuild })
}
