import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { installWithApt } from './apt.mjs'
import { root } from './root.mjs'
import { CommandError, run } from './run.mjs'

const usualPlaces = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
  ],
  darwin: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  ],
}

/** Resolves with the path of a working Chromium; installs one if there is none. */
export async function chromium() {
  const given = process.env['CHROMIUM_PATH']
  if (given && !starts(given)) {
    throw new Error(`CHROMIUM_PATH is ${given}, but no browser starts from there.`)
  }
  return (
    given ||
    find() ||
    (await installWithApt('chromium').then(find)) ||
    (await installWithPlaywright())
  )
}

function find() {
  return [...(usualPlaces[process.platform] ?? []), playwrightPath()].find(starts)
}

async function installWithPlaywright() {
  const cli = join(dirname(requireFromTests.resolve('playwright-core/package.json')), 'cli.js')
  try {
    await run(process.execPath, [cli, 'install', 'chromium'])
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
  }
  const path = find()
  if (path) return path
  throw new Error(
    'No Chromium was found and none could be installed. Install Chromium or Chrome yourself, or ' +
      'set CHROMIUM_PATH to the browser to use.',
  )
}

// Playwright is a dependency only of the tests; it knows the path of its own browser.
const requireFromTests = createRequire(join(root, 'tests', 'package.json'))

function playwrightPath() {
  return requireFromTests('playwright-core').chromium.executablePath()
}

function starts(path) {
  if (!existsSync(path)) return false
  if (process.platform === 'win32') return true // on Windows, `--version` opens a window
  try {
    execFileSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 })
    return true
  } catch {
    return false // for example the placeholder that asks to install a snap
  }
}
