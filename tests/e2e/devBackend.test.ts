import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { guide } from '../guide/guide.js'
import { runProcess } from '../support/runProcess.js'

const root = join(import.meta.dirname, '../..')

/**
 * Resolves once the watchers have built what they watch. Ended while they write, they would leave empty
 * files, which other tests load.
 */
function untilBuilt(since: number): Promise<void> {
  return vi.waitFor(
    async () => {
      for (const name of ['protocol', 'server']) {
        const folder = join(root, 'packages', name, 'dist')
        const names = await readdir(folder)
        const scripts = names.filter((file) => file.endsWith('.js'))
        const found = await Promise.all(scripts.map((file) => stat(join(folder, file))))
        const writtenAt = Math.max(...found.map(({ mtimeMs }) => mtimeMs))
        expect(writtenAt).toBeGreaterThan(since)
        expect(Date.now() - writtenAt).toBeGreaterThan(1_000)
        expect(found.every(({ size }) => size > 0)).toBe(true)
      }
    },
    { timeout: 60_000, interval: 200 },
  )
}

it('the guide’s `npm run dev:backend` starts the server and ends with it', async () => {
  const { PATH, HOME } = process.env
  const startedAt = Date.now()
  await using running = runProcess('bash', ['-ec', guide.take('Prerequisites', 'bash')], {
    cwd: root,
    env: { PATH, HOME, PORT: '0', DATABASE_URL: 'sqlite::memory:', DEMO: 'off' },
  })
  const url = await running.printed(/running at (\S+)/)
  const health = await fetch(`${url}/health`)
  expect(await health.json()).toMatchObject({ status: 'healthy' })

  await untilBuilt(startedAt)
  process.kill(-(running.child.pid ?? 0), 'SIGINT') // as Ctrl-C in a terminal does
  await running.exited
  await expect(fetch(`${url}/health`)).rejects.toThrow()
}, 120_000)
