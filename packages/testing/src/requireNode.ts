/** What the server needs of Node.js, and test environments of pages may leave out. */
const needed = ['fetch', 'setImmediate', 'TextDecoder', 'TextEncoder']

/**
 * Refuses an environment in which a server cannot work, before its modules fail one by one.
 *
 * @throws {Error} that says what is missing, and what to do
 */
export function requireNode(): void {
  const missing = needed.filter((name) => !(name in globalThis))
  if (missing.length === 0) return
  throw new Error(
    `startTestServer() needs Node.js, but this test environment has no ${missing.join(', no ')}: run the test in the environment node, in Jest by a comment with @jest-environment node at the top of the file.`,
  )
}
