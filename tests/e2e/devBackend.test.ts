import { join } from 'node:path'
import { expect, it } from 'vitest'
import { guide } from '../guide/guide.js'
import { runProcess } from '../support/runProcess.js'

it('the guide’s `npm run dev:backend` starts the server and ends with it', async () => {
  const { PATH, HOME } = process.env
  await using running = runProcess('bash', ['-ec', guide.take('Prerequisites', 'bash')], {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH, HOME, PORT: '0', DATABASE_URL: 'sqlite::memory:', DEMO: 'off' },
  })
  const url = await running.printed(/running at (\S+)/)
  const health = await fetch(`${url}/health`)
  expect(await health.json()).toMatchObject({ status: 'healthy' })

  process.kill(-(running.child.pid ?? 0), 'SIGINT') // as Ctrl-C in a terminal does
  await running.exited
  await expect(fetch(`${url}/health`)).rejects.toThrow()
}, 120_000)
