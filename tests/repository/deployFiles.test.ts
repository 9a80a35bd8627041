import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultLimits } from '@yektayar/server'
import { expect, it } from 'vitest'
import { startServer } from '../support/startServer.js'
import { temporaryDirectory } from '../support/temporaryDirectory.js'

const root = join(import.meta.dirname, '../..')
/** What the names below are in. */
const folder = 'packages/server/'
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const all = (path: string, pattern: RegExp): string[] =>
  [...read(folder + path).matchAll(pattern)].map(([, found = '']) => found)

/** The variables that each file sets for the server. */
const variables: Readonly<Record<string, string[]>> = {
  'deploy/Dockerfile': all('deploy/Dockerfile', /(?<=^ENV .*)\b([A-Z_]+)=/gm),
  'deploy/compose.yaml': all('deploy/compose.yaml', /^ {4}([A-Z_]+):/gm),
  'deploy/yektayar@.service': all('deploy/yektayar@.service', /(?<=^Environment=.*)\b([A-Z_]+)=/gm),
  'deploy/yektayar.env': all('deploy/yektayar.env', /^([A-Z_]+)=/gm),
  'deploy/kubernetes.yaml': [
    ...all('deploy/kubernetes.yaml', /^ {2}([A-Z_]+): /gm),
    ...all('deploy/kubernetes.yaml', /\{ name: ([A-Z_]+), value: /g),
  ],
}

it.each(Object.entries(variables))('%s sets variables that the server reads', (_path, names) => {
  const known = [...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name)
  expect(names.length).toBeGreaterThan(1)
  expect(names.filter((name) => !known.includes(name))).toEqual([])
})

it('the files in deploy/ agree on the port', () => {
  const ports = [
    ...all('deploy/Dockerfile', /(?:EXPOSE |PORT=|127\.0\.0\.1:)(\d+)/g),
    ...all('deploy/nginx.conf', /server node\d:(\d+)/g),
    ...all('deploy/kubernetes.yaml', /(?:containerPort: |PORT, value: ')(\d+)/g),
  ]
  expect(ports).toHaveLength(9)
  expect(new Set(ports)).toEqual(new Set(['3000']))
})

it('the files in deploy/ ask for addresses that the server has', async () => {
  await using context = await startServer()
  const paths = [
    ...all('deploy/Dockerfile', /127\.0\.0\.1:3000([^'"]*)/g),
    ...all('deploy/kubernetes.yaml', /httpGet: \{ path: ([^,]*)/g),
  ]
  expect(paths).toEqual(['/health', '/health', '/health', '/ready'])
  for (const path of new Set(paths)) expect((await fetch(context.url + path)).status).toBe(200)
})

it('the files in deploy/ give the server time to close', () => {
  const { readyNoticeMs, drainTimeoutMs, closeGraceMs } = defaultLimits
  const needed = (readyNoticeMs + drainTimeoutMs + 3 * closeGraceMs) / 1_000
  const given = [
    ...all('deploy/compose.yaml', /stop_grace_period: (\d+)s/g),
    ...all('deploy/yektayar@.service', /TimeoutStopSec=(\d+)/g),
    ...all('deploy/kubernetes.yaml', /terminationGracePeriodSeconds: (\d+)/g),
  ].map(Number)
  expect(given).toHaveLength(3)
  for (const seconds of given) expect(seconds).toBeGreaterThan(needed)
})

it('the files in deploy/ start the command of the package', () => {
  const { bin } = JSON.parse(read('packages/server/package.json')) as { bin: object }
  const command = `node_modules/.bin/${Object.keys(bin)[0] ?? ''}`
  expect(read(folder + 'deploy/Dockerfile')).toContain(`CMD ["${command}"]`)
  expect(read(folder + 'deploy/yektayar@.service')).toContain(`/${command}\n`)
})

const systemdAnalyze = '/usr/bin/systemd-analyze'
if (!existsSync(systemdAnalyze)) console.warn('! There is no systemd: its unit is NOT verified.')

it.skipIf(!existsSync(systemdAnalyze))('systemd accepts the unit', async () => {
  await using directory = await temporaryDirectory()
  const unit = read(folder + 'deploy/yektayar@.service').replace(
    /^ExecStart=.*/m,
    'ExecStart=/bin/true',
  )
  const path = join(directory.path, 'yektayar@3001.service')
  const verify = async (text: string) => {
    await writeFile(path, text)
    execFileSync(systemdAnalyze, ['verify', path], { stdio: 'pipe' })
  }
  await verify(unit)
  await expect(verify(unit.replace('ExecStart=', 'Exec='))).rejects.toThrow()
})
