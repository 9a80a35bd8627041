import { buildStoreThread } from '../storeThread.mjs'

/** Vitest's global set-up: the thread of a store, which tells its tests which mutants it runs. */
export default () => {
  const coverage = new URL('threadCoverage.mjs', import.meta.url).href
  return buildStoreThread({ banner: `import ${JSON.stringify(coverage)}` })
}
